# `make run` starts the tutor in the terminal; `make help` lists the rest.
# Everything is installed into .venv, and again only when pyproject.toml or constraints.txt changed.

PYTHON ?= python3
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
ARGS ?=

VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
PIP := $(VENV_PYTHON) -m pip -qq --disable-pip-version-check --no-input
GPU := $(if $(wildcard /dev/nvidia0),$(shell echo ,gpu))
TORCH := $(shell sed -n 's/^torch==//p' constraints.txt)

.DEFAULT_GOAL := help
.PHONY: help run test test-gpu image-test check bench load messages clean

help:
	@echo 'make run       start the tutor in the terminal (ARGS="--locale ko" for Korean)'
	@echo 'make test      run all tests'
	@echo 'make test-gpu  run the tests that need an NVIDIA GPU, on one'
	@echo 'make image-test  build the Docker images and run them by compose.yaml (minutes, as root)'
	@echo 'make check     check format, lint, types and import contracts'
	@echo 'make bench     measure what the README quotes'
	@echo 'make load      hold both processes to 300 learners for ten minutes (as root: in their limits)'
	@echo 'make messages  bring the translations up to date with the words in the code'
	@echo 'make clean     remove the virtual environment and everything generated'
	@echo 'PYTHON=...     the Python to make .venv with, 3.11 or newer (now: $(PYTHON))'

run: $(VENV)/installed
	@$(VENV_PYTHON) -m bot console $(ARGS)

test: $(VENV)/installed-dev
	@$(VENV_PYTHON) -m pytest -q $(ARGS)

test-gpu: $(VENV)/installed-dev
	@$(VENV_PYTHON) -m pytest -q -m gpu $(ARGS)

image-test: $(VENV)/installed-dev
	@$(VENV_PYTHON) -m pytest -q tests/image $(ARGS)

check: $(VENV)/installed-dev
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m mypy
	@$(VENV)/bin/lint-imports

bench: $(VENV)/installed-dev
	@$(VENV_PYTHON) -m benchmarks $(ARGS)

load: $(VENV)/installed-dev
	@$(VENV_PYTHON) -m benchmarks.load $(ARGS)

messages: $(VENV)/installed-dev
	@$(VENV_PYTHON) -m bot.locales.update

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find bot sandbox tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# Installing -------------------------------------------------------------------------------------

$(VENV_PYTHON):
	@command -v "$(PYTHON)" >/dev/null \
	  || { echo 'There is no $(PYTHON): install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo '$(PYTHON) is older than Python 3.11: name a newer one, as in make PYTHON=python3.12' >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo '$(PYTHON) cannot make virtual environments: install its venv module (Debian, Ubuntu: sudo apt install python3-venv)' >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV_PYTHON)
	@echo 'Installing into $(VENV) (about a minute) ...'
	@$(install_torch)
	@$(PIP) install -e ".[sandbox$(GPU)]" -c constraints.txt || { $(install_failed); }
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(VENV_PYTHON)
	@echo 'Installing into $(VENV), with the tools for development (about a minute) ...'
	@$(install_torch)
	@$(PIP) install -e ".[sandbox,dev$(GPU)]" -c constraints.txt || { $(install_failed); }
	@touch $(VENV)/installed $@

install_failed = echo 'Installing failed, for the reason above; make tries again next time' >&2; exit 1

# Without an NVIDIA GPU the build without CUDA will do, which spares gigabytes: one that pip reaches
# already, else the one on PyTorch's own index if that answers within 10 s. Otherwise, and with a GPU,
# torch comes along with the rest, as pip finds it.
define install_torch
if command -v nvidia-smi >/dev/null 2>&1 || [ -e /dev/nvidia0 ]; then exit 0; fi; \
if $(PIP) install --no-deps --timeout 10 --retries 0 "torch==$(TORCH)+cpu" 2>/dev/null; then exit 0; fi; \
if ($(VENV_PYTHON) -c '$(answers)' "$(TORCH_INDEX)/torch/" || exit 1) >/dev/null 2>&1 \
  && $(PIP) install --no-deps --index-url "$(TORCH_INDEX)" "torch==$(TORCH)" 2>/dev/null; then exit 0; fi; \
echo 'No build of PyTorch for the CPU alone within reach: the default one is bigger and takes longer ...'
endef

# The alarm also ends a look-up of the host name that hangs, which a time-out does not.
answers = import os, signal, ssl, sys, urllib.request as u; signal.alarm(10); \
u.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=os.environ.get("PIP_CERT")))
