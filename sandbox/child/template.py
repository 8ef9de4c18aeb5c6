"""The warm process that every session is forked from: imports and warms torch once, then forks on request."""

import contextlib
import fcntl
import gc
import multiprocessing
import os
import select
import signal
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from sandbox.child import holes, pages
from sandbox.childwire import (
    MAX_TEMPLATE_MESSAGE,
    ChildBroken,
    Exited,
    OnGpu,
    Spawn,
    Spawned,
    TemplateFailed,
    TemplateReady,
    TemplateSettings,
)
from sandbox.jail import kernel, landlock, namespaces, priority, reach, uids
from sandbox.jail.confine import LOADERS, SYSTEM, Enclosure, WallMissing, confine, verify
from sandbox.wire import encode

_CONTROL, _OUT, _ERR, _PULSE = 3, 1, 2, 4
_F_SETSIG = 10
_KEPT = (
    "PATH",
    "LANG",
    "LD_LIBRARY_PATH",
    "MPLBACKEND",
    "OMP_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
)


def serve(channel: socket.socket, settings: TemplateSettings) -> None:
    """Warm up, then fork a child for every `Spawn` until the channel closes."""
    try:
        if settings.walls.tier == "A":
            reach.open_up([sys.prefix, sys.base_prefix, *sys.path])
        if settings.walls.tier == "B":
            namespaces.settle(_view(settings))
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        from sandbox.child.session import live  # noqa: PLC0415  (imports torch, which may be missing)
        from sandbox.child.warmup import warm_up, warm_up_for_gpu  # noqa: PLC0415

        torch_version = warm_up() if settings.gpu is None else warm_up_for_gpu()
    except (ImportError, OSError, RuntimeError, reach.Unreachable) as error:
        why = (
            f"{error}; install tensor-tutor[sandbox]"
            if isinstance(error, ImportError)
            else str(error)
        )
        channel.send(msgspec.msgpack.encode(TemplateFailed(why)))
        return
    _Template(channel, settings, live).serve(torch_version)


class _Template:
    def __init__(
        self,
        channel: socket.socket,
        settings: TemplateSettings,
        live: Callable[[socket.socket, str, int, OnGpu | None], None],
    ) -> None:
        self._live = live
        self._channel = channel
        self._settings = settings
        self._readable = _readable(settings.hidden)
        self._groups: dict[int, int | None] = {}
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def serve(self, torch_version: str) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        _forget_the_checkout()
        gc.collect()
        holes.fill()
        gc.freeze()
        pages.gather()
        self._send(TemplateReady(_anonymous_bytes(), torch_version))
        while self._turn():
            pass
        self._end_children()

    def _turn(self) -> bool:
        """Wait for one thing to happen; returns False when the supervisor is gone."""
        channel = self._channel.fileno()
        ready, _, _ = select.select([channel, self._wake_read], [], [])
        if self._wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, 4096)
            self._reap()
        if channel in ready:
            data, descriptors, _, _ = socket.recv_fds(self._channel, MAX_TEMPLATE_MESSAGE, 4)
            if not data:
                return False
            self._spawn(msgspec.msgpack.decode(data, type=Spawn), descriptors)
        return True

    def _spawn(self, request: Spawn, descriptors: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                self._become_child(request, descriptors)
            finally:
                os._exit(1)
        self._groups[pid] = request.uid
        for descriptor in descriptors:
            os.close(descriptor)
        self._send(Spawned(request.key, pid))

    def _become_child(self, request: Spawn, descriptors: list[int]) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell's background jobs ignore it
        os.setsid()  # a process group, and where Linux groups by session, a fair share of the CPU
        priority.step_behind()
        _take_descriptors(*descriptors)
        enclosure = self._enclosure(request)
        _own_environment(request.folder)
        control = socket.socket(fileno=_CONTROL)
        try:
            confine(enclosure)
            verify(enclosure)
        except (OSError, ValueError, WallMissing) as error:
            control.sendall(encode(ChildBroken(str(error))))
            return
        self._live(control, request.folder, self._settings.threads, self._settings.gpu)

    def _enclosure(self, request: Spawn) -> Enclosure:
        return Enclosure(
            walls=self._settings.walls,
            uid=request.uid,
            folder=request.folder,
            readable=self._readable,
            executables=_executables(),
            limits=self._settings.limits,
            gpu=self._settings.gpu is not None,
            private=self._settings.private,
            closed_socket=self._settings.closed_socket,
        )

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._forget_the_gone()
            self._send(Exited(pid, status))

    def _forget_the_gone(self) -> None:
        """A session lives as long as its process group: a snapshot may have replaced its first process."""
        for group in list(self._groups):
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                del self._groups[group]
            except PermissionError:
                continue

    def _send(self, message: msgspec.Struct) -> None:
        try:
            self._channel.send(msgspec.msgpack.encode(message))
        except OSError:
            self._end_children()
            os._exit(0)

    def _end_children(self) -> None:
        """The supervisor is gone, maybe with its guard: leave nobody behind who runs on unwatched."""
        for group, uid in self._groups.items():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
            if uid is not None:
                os.waitpid(uids.fork_as(uid, uids.kill_all_of_mine), 0)


def _view(settings: TemplateSettings) -> namespaces.View:
    """Return what the template needs and its children may read: this package besides the rest."""
    package = str(Path(__file__).resolve().parents[1])
    shown = (*SYSTEM, *LOADERS, *_installation(), *_executables(), package)
    return namespaces.View(
        shown=tuple(path for path in shown if not path.startswith("/proc/")),
        hidden=settings.hidden,
        folder=settings.folder,
    )


def _executables() -> tuple[str, ...]:
    return (sys.executable, os.path.realpath(sys.executable))


def _readable(hidden: tuple[str, ...]) -> tuple[str, ...]:
    """Return what of the system and this Python's installation children may read.

    The lessons' answers lie in the same installation: the `hidden` folders are left out.
    """
    every = {
        path
        if path.startswith("/proc/")
        else os.path.realpath(path)  # /proc/self is each child's own
        for path in (*SYSTEM, *_installation())
    }
    secret = [os.path.realpath(path) for path in hidden]
    return tuple(sorted(kept for path in every for kept in landlock.without(path, secret)))


def _installation() -> set[str]:
    """Return where this Python keeps its library and what was installed for it."""
    paths = {
        sysconfig.get_path(name, vars=places)
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
        for places in (None, {"base": sys.base_prefix, "platbase": sys.base_prefix})
    }
    shared = {f"{sys.base_prefix}/lib", f"{sys.prefix}/pyvenv.cfg"}
    return {path for path in (*paths, *shared) if path}


def _forget_the_checkout() -> None:
    """Drop the folder this package lies in from the import path, unless it is an installation."""
    here = Path(__file__).resolve().parents[2]
    if here.name not in ("site-packages", "dist-packages"):
        sys.path[:] = [path for path in sys.path if Path(path).resolve() != here]


def _take_descriptors(control: int, out: int, err: int, pulse: int) -> None:
    _die_without(pulse)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    spare = 100
    for offset, descriptor in enumerate((control, out, err, pulse)):
        os.dup2(descriptor, spare + offset)
    for offset, target in enumerate((_CONTROL, _OUT, _ERR, _PULSE)):
        os.dup2(spare + offset, target, inheritable=target in (_OUT, _ERR))
    os.closerange(_PULSE + 1, os.sysconf("SC_OPEN_MAX"))


def _die_without(pulse: int) -> None:
    """Have the kernel kill our process group when the other end of this pipe closes.

    The supervisor holds that end, so whatever dies together with it, no honest cell spins on.
    """
    fcntl.fcntl(pulse, fcntl.F_SETOWN, -os.getpid())
    fcntl.fcntl(pulse, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pulse, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)


def _own_environment(folder: str) -> None:
    """Replace what the template's environment, and what Python remembers of it, would share."""
    tempfile.tempdir = folder
    multiprocessing.current_process().authkey = os.urandom(32)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(
        kept, HOME=folder, TMPDIR=folder, MPLCONFIGDIR=f"{folder}/.matplotlib", USER="learner"
    )


def _anonymous_bytes() -> int:
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0
