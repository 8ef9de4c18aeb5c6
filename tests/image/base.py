"""What the images are built on: the Dockerfile's own base, or where no registry is reached one of debootstrap."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.container.engine import ROOT
from tests.image.daemon import Docker, NoImages, install

_OWN = "tensor-tutor-test-base"
_SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}
_INCLUDED = "python3,python3-venv,ca-certificates,tzdata"


@contextmanager
def base(docker: Docker) -> Iterator[str]:
    """Yield the name of an image with the Python of these tests. Raises NoImages."""
    python = "{}.{}".format(*sys.version_info)
    wanted = re.findall(
        r"^ARG BASE=(python:(\d+\.\d+)\S*)", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    name, version = wanted[0]
    if version == python and docker.run("pull", "--quiet", name, seconds=300).returncode == 0:
        yield name
        return
    suite = _SUITES.get(sys.version_info[:2])
    if suite is None:
        raise NoImages(f"no registry is reached, and no Debian has Python {python}")
    own = f"{_OWN}:{suite}"
    if docker.run("image", "inspect", own).returncode:
        _make(docker, suite, own)
    yield own


def _make(docker: Docker, suite: str, name: str) -> None:
    install(debootstrap="debootstrap")
    with tempfile.TemporaryDirectory(prefix="tt-base-") as folder:
        root = Path(folder, "root")
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={_INCLUDED}", suite, str(root)],
            env=docker.environ,
            capture_output=True,
            text=True,
            timeout=900,
        )
        if made.returncode:
            raise NoImages(f"debootstrap: {(made.stdout + made.stderr).strip()[-300:]}")
        shutil.rmtree(root / "var/cache/apt")
        packed = Path(folder, "base.tar")
        subprocess.run(["tar", "-C", str(root), "-cf", str(packed), "."], check=True, timeout=120)
        docker.said("import", str(packed), name, seconds=300)
