"""The template process from outside: started with a clean environment, asked to fork children."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from sandbox.childwire import (
    MAX_TEMPLATE_MESSAGE,
    Exited,
    FromTemplate,
    OnGpu,
    Spawn,
    Spawned,
    TemplateFailed,
    TemplateReady,
    TemplateSettings,
)
from sandbox.supervisor.reaper import Reaper
from sandbox.wire import BackendUnavailable

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class Template:
    """A started template. `on_exit(pid, status)` hears how each of its children ended."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        channel: socket.socket,
        on_exit: Callable[[int, int], None],
    ) -> None:
        self._process = process
        self._channel = channel
        self._on_exit = on_exit
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[TemplateReady] = self._loop.create_future()
        self._births: dict[int, asyncio.Future[int]] = {}
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(channel.fileno(), self._hear)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> TemplateReady:
        """Wait until torch is warm. Raises BackendUnavailable."""
        return await asyncio.shield(self._ready)

    async def spawn(self, request: Spawn, descriptors: list[int]) -> int:
        """Fork a child that takes over `descriptors`; returns its pid. Raises BackendUnavailable."""
        if self.ended.done():
            raise BackendUnavailable("the template has ended")
        born: asyncio.Future[int] = self._loop.create_future()
        self._births[request.key] = born
        try:
            socket.send_fds(self._channel, [msgspec.msgpack.encode(request)], descriptors)
            return await born
        except OSError as error:
            raise BackendUnavailable(f"the template does not answer: {error}") from error
        finally:
            self._births.pop(request.key, None)

    def close(self) -> None:
        """End the template; children that are alive stay alive."""
        with contextlib.suppress(ProcessLookupError):  # first, or it would take them for orphans
            os.kill(self.pid, signal.SIGKILL)
        self._loop.remove_reader(self._channel.fileno())
        self._channel.close()
        self._lose("it was closed")

    def _hear(self) -> None:
        try:
            data = self._channel.recv(MAX_TEMPLATE_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self._take(msgspec.msgpack.decode(data, type=FromTemplate))

    def _take(self, message: FromTemplate) -> None:
        match message:
            case TemplateReady() as ready:
                self._ready.set_result(ready)
            case TemplateFailed(why=why):
                self._lose(why)
            case Spawned(key=key, pid=pid):
                born = self._births.get(key)
                if born is not None and not born.done():
                    born.set_result(pid)
            case Exited(pid=pid, status=status):
                self._on_exit(pid, status)

    def _lose(self, why: str) -> None:
        lost = BackendUnavailable(f"the template process ended: {why}")
        if not self._ready.done():
            self._ready.set_exception(lost)
            self._ready.exception()
        for born in self._births.values():
            if not born.done():
                born.set_exception(lost)
        if not self.ended.done():
            self.ended.set_result(None)


def start(
    settings: TemplateSettings,
    folder: Path,
    reaper: Reaper,
    on_exit: Callable[[int, int], None],
) -> Template:
    """Start a template by exec, so that nothing of this process's memory or environment is in it.

    What libraries want to keep on disk goes to `folder`.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            [
                sys.executable,
                "-m",
                "sandbox.child",
                str(theirs.fileno()),
                msgspec.json.encode(settings).decode(),
            ],
            pass_fds=[theirs.fileno()],
            env=_environment(folder, settings.gpu),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
    ours.setblocking(False)
    reaper.watch(process.pid)
    return Template(process, ours, on_exit)


def _environment(folder: Path, gpu: OnGpu | None) -> dict[str, str]:
    """Return all the environment a template gets. One OpenMP thread: see `sandbox.child.warmup`."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(_PACKAGE_ROOT),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder),
        "TMPDIR": str(folder),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        **_cuda(gpu),
    }


def _cuda(gpu: OnGpu | None) -> dict[str, str]:
    """Return which device CUDA shows, counted as NVML counts; torch too is to ask NVML and not CUDA."""
    if gpu is None:
        return {"CUDA_VISIBLE_DEVICES": ""}
    libraries = os.environ.get("LD_LIBRARY_PATH")  # some containers mount the driver far away
    return {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": str(gpu.index),
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        **({"LD_LIBRARY_PATH": libraries} if libraries else {}),
    }
