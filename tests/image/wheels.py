"""What the images install, found as pip is set up here, and served on the loopback for the building to find."""

import functools
import http.server
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.container.engine import ROOT
from tests.image.daemon import NoImages

_PORT = 18731
"""The same each time: another would have what was built before be built anew."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def wheels() -> Iterator[str]:
    """Yield the address of all wheels, that of torch without CUDA. Raises NoImages."""
    with tempfile.TemporaryDirectory(prefix="tt-wheels-") as folder:
        for what in ("bot", "sandbox"):
            _collect(Path(folder), what)
        handler = functools.partial(_Quiet, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", _PORT), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{_PORT}/"
        finally:
            server.shutdown()
            server.server_close()


def _collect(folder: Path, what: str) -> None:
    command = [sys.executable, "docker/requirements.py", what]
    listed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    wanted = listed.stdout.split("\n")
    wanted = [f"{one}+cpu" if one.startswith("torch==") else one for one in wanted if one]
    hatchling = (
        "hatchling==" + (ROOT / "Dockerfile").read_text().partition("hatchling==")[2].split()[0]
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder)),
            *("--find-links", str(folder), "-c", "constraints.txt", *wanted, hatchling),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    if done.returncode:
        raise NoImages(f"pip wheel: {done.stderr.strip()[-300:]}")
