# Two images: `bot` has network and tokens and no torch, `sandbox` has torch and neither. compose.yaml
# builds and runs both. All installing is done in stages of their own: neither pip nor its settings, nor
# an index's password among the arguments, is in an image. Any Debian-like base with Python 3.11 or newer
# and its venv module will do.
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS python
ENV PATH=/opt/tensor-tutor/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

# What each image needs; a line that changes elsewhere in pyproject.toml installs nothing anew.
FROM python AS requirements
WORKDIR /requirements
COPY docker/requirements.py pyproject.toml ./
RUN python3 requirements.py bot >bot.txt && python3 requirements.py sandbox >sandbox.txt

FROM python AS installing
# Where pip looks, if not at PyPI.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_FIND_LINKS
ARG PIP_NO_INDEX
ARG PIP_TRUSTED_HOST
ENV PIP_INDEX_URL=$PIP_INDEX_URL \
    PIP_EXTRA_INDEX_URL=$PIP_EXTRA_INDEX_URL \
    PIP_FIND_LINKS=$PIP_FIND_LINKS \
    PIP_NO_INDEX=$PIP_NO_INDEX \
    PIP_TRUSTED_HOST=$PIP_TRUSTED_HOST \
    PIP_CONSTRAINT=/installing/constraints.txt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_INPUT=1 \
    PIP_PYTHON=/opt/tensor-tutor/bin/python \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /installing
RUN python3 -m venv tools && python3 -m venv --without-pip /opt/tensor-tutor
COPY constraints.txt ./

FROM installing AS bot-packages
COPY --from=requirements /requirements/bot.txt ./
RUN tools/bin/pip install -r bot.txt

FROM installing AS sandbox-packages
# cuda: the build for NVIDIA GPUs, which serves the CPU as well. cpu: the one without, gigabytes smaller.
ARG TORCH=cuda
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY --from=requirements /requirements/sandbox.txt ./
RUN case "$TORCH" in \
      cuda) ;; \
      cpu) version=$(sed -n 's/^torch==//p' constraints.txt) \
        && tools/bin/pip install --no-deps --index-url "$TORCH_INDEX" "torch==$version+cpu" ;; \
      *) echo "TORCH is $TORCH: say cpu or cuda" >&2; exit 1 ;; \
    esac \
    && tools/bin/pip install -r sandbox.txt

# Our own code, which goes on top as a small layer.
FROM installing AS program
RUN PIP_PYTHON= tools/bin/pip install hatchling==1.33.0
COPY pyproject.toml README.md ./
COPY bot bot
COPY sandbox sandbox
COPY lessons lessons
RUN PIP_PYTHON= tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
    && tools/bin/pip install --no-deps --prefix /program wheels/*.whl

# The side with learners' code has nothing of what answers and grades them.
FROM program AS program-sandbox
RUN rm -r /program/bin /program/lib/python3*/site-packages/bot /program/lib/python3*/site-packages/lessons

FROM python AS bot
RUN groupadd --gid 10001 tutor \
    && useradd --uid 10001 --gid tutor --home-dir /data --no-create-home --shell /usr/sbin/nologin tutor \
    && install --directory --owner tutor --group tutor --mode 0700 /data \
    && install --directory /lessons
COPY --from=bot-packages /opt/tensor-tutor /opt/tensor-tutor
COPY docker/serve-bot /usr/local/bin/serve-bot
COPY docker/config.yaml /etc/tensor-tutor/config.yaml
COPY --from=program /program /opt/tensor-tutor
# `tensor-tutor` finds its configuration here.
WORKDIR /etc/tensor-tutor
USER tutor
CMD ["serve-bot"]

FROM python AS sandbox
# What of the driver the NVIDIA Container Toolkit is to bring in.
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    TMPDIR=/sessions
COPY --from=sandbox-packages /opt/tensor-tutor /opt/tensor-tutor
COPY --from=program-sandbox /program /opt/tensor-tutor
# Root, but with four capabilities only: each learner gets a uid of their own, which takes SETUID.
CMD ["python", "-m", "sandbox", "serve", "--socket", "/run/tensor-tutor/socket", "--socket-group", "10001"]
