"""Start a sandbox that takes its own CPU for GPUs: real templates, jails and sockets, invented devices.

What the devices hold is read from files that the test writes, one a device.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from sandbox.__main__ import _parser
from sandbox.childwire import TemplateSettings
from sandbox.jail.tiers import NoSandbox, detect
from sandbox.serve import serve
from sandbox.supervisor.device_memory import Gpu, MeterError
from sandbox.supervisor.gpus import Offer, settings_on
from sandbox.supervisor.slots import Terms

GIB = 1 << 30
TOTAL_BYTES = 10 * GIB

_ROOT = Path(__file__).resolve().parents[2]
_OPEN_FILES = 250

DEVICE = (
    "'cpu' if __import__('resource').getrlimit(__import__('resource').RLIMIT_NOFILE)[0] "
    f"== {_OPEN_FILES} else 'cuda'"
)
"""Code for a device that is there on an invented GPU alone: on the CPU torch finds no such device.

An invented GPU is known by its limit of open files.
"""


@dataclass(frozen=True)
class FileMeter:
    """A meter for `count` devices; device N holds the number of bytes that the file `N` names."""

    folder: Path
    count: int = 1

    def gpus(self) -> tuple[Gpu, ...]:
        return tuple(Gpu(n, "invented", TOTAL_BYTES) for n in range(self.count))

    def used_bytes(self, index: int) -> int:
        try:
            return int((self.folder / str(index)).read_text() or "0")
        except (OSError, ValueError) as error:
            raise MeterError(str(error)) from error

    def show(self, used: int, index: int = 0) -> None:
        """Let the device hold `used` bytes from now on."""
        new = self.folder / f"new-{index}"
        new.write_text(str(used))
        new.replace(self.folder / str(index))


@dataclass(frozen=True)
class Started:
    """A sandbox with invented GPUs: its socket, its guard's pid and what its devices show."""

    path: Path
    guard: int
    meter: FileMeter


@contextmanager
def serving_invented_gpus(
    *flags: str,
    gpus: int = 1,
    idle_seconds: float = 60.0,
    wanted_idle_seconds: float = 60.0,
    really: bool = False,
) -> Iterator[Started]:
    """Yield a sandbox that offers `gpus` invented devices; skips where nothing can be walled in.

    With `really` the templates are those of real GPUs.
    """
    try:
        detect()
    except NoSandbox as error:
        pytest.skip(str(error))
    lifeline, ours = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tt-test-") as folder:
        meter = FileMeter(Path(folder), gpus)
        for index in range(gpus):
            meter.show(0, index)
        path = Path(folder) / "sandbox.sock"
        invented = [folder, str(gpus), str(idle_seconds), str(wanted_idle_seconds)]
        invented.append("really" if really else "")
        process = subprocess.Popen(
            [
                *(sys.executable, __file__, *invented),
                *("serve", "--socket", str(path), "--lifeline", str(lifeline)),
                *("--spares", "2", *flags),
            ],
            pass_fds=[lifeline],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )
        os.close(lifeline)
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ready"]
            yield Started(path, process.pid, meter)
        finally:
            os.close(ours)
            process.communicate(timeout=30)


def _settings_on(settings: TemplateSettings, _gpu: Gpu, _cap: int) -> TemplateSettings:
    """Return the settings of a template on the CPU, but for what its children are known by."""
    limits = dataclasses.replace(settings.limits, open_files=_OPEN_FILES)
    return msgspec.structs.replace(settings, limits=limits)


def _main(folder: str, gpus: str, idle: str, wanted_idle: str, really: str, *arguments: str) -> int:
    terms = Terms(idle_seconds=float(idle), wanted_idle_seconds=float(wanted_idle))
    meter = FileMeter(Path(folder), int(gpus))

    def find(options: Namespace) -> Offer:
        return Offer(
            meter=meter,
            per_device=options.gpu_slots,
            terms=terms,
            settings_on=settings_on if really else _settings_on,
        )

    return serve(_parser().parse_args(arguments), find)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
