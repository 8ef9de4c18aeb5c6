"""Tier B's view of the machine: namespaces, and a root that holds what children may read and no more."""

import contextlib
import os
import resource
import socket
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox.jail import kernel

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
"""The devices that children may use."""

SHARED_MEMORY = "/dev/shm"  # noqa: S108  (where multiprocessing keeps what workers share)

_OLD_ROOT = "/.old"
_MOST_LINKS = 40
_HOST_NAME = "learner"

_TEMPLATE_SPACES = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWNET
)
_CHILD_SPACES = (
    kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNET
)
_SAFE = kernel.ATTR_NOSUID | kernel.ATTR_NODEV
_DATA = _SAFE | kernel.ATTR_NOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a root shows: `shown` paths to read, `hidden` folders among them empty, `folder` to write.

    Sessions live in `folder`. Every path keeps the name it has outside; what is not there is left
    out.
    """

    shown: tuple[str, ...]
    hidden: tuple[str, ...]
    folder: str


def settle(view: View) -> None:
    """Move this process, which has one thread, into namespaces whose root is `view`.

    The user keeps its number, so that files and signals work as before, and gains every capability
    over the new namespaces but none outside them. Raises OSError.
    """
    _leave(_TEMPLATE_SPACES)
    socket.sethostname(_HOST_NAME)
    _build_root(view)


def withdraw(
    folder: str, *, shared_bytes: int, shared_files: int, names_threads: bool = False
) -> None:
    """Go on from a settled parent into namespaces of one's own, where `folder` is the only session.

    A user namespace of its own makes the process limit count this session alone, and keeps
    sessions from looking into each other. Shared memory is private, at most `shared_bytes` in
    `shared_files`. Nothing in /proc can be written unless it `names_threads`. Raises OSError.
    """
    _leave(_CHILD_SPACES)
    sessions = os.path.dirname(folder)
    own = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    kernel.mount("tmpfs", sessions, "tmpfs", 0, "mode=0711,size=16k,nr_inodes=8")
    os.mkdir(folder, mode=0o700)
    kernel.mount(f"/proc/self/fd/{own}", folder, "", kernel.MS_BIND)
    os.close(own)
    kernel.mount_attributes(sessions, _DATA | kernel.ATTR_RDONLY)
    kernel.mount_attributes(folder, _DATA)
    kernel.mount(
        "tmpfs",
        SHARED_MEMORY,
        "tmpfs",
        0,
        f"mode=0700,size={shared_bytes},nr_inodes={shared_files}",
    )
    kernel.mount_attributes(SHARED_MEMORY, _DATA)
    if not names_threads:
        kernel.mount_attributes("/proc", _DATA | kernel.ATTR_RDONLY, beneath=True)


def why_not(folder: str | None = None) -> str | None:
    """Try it all in a forked process; returns None when it works, else one sentence that says why not.

    Some systems allow the namespace and refuse the mounts, so nothing less than trying tells.
    """
    try:
        return _tried(folder)
    except OSError as error:
        return f"a trial: {error.strerror}"


def _tried(folder: str | None) -> str | None:
    with tempfile.TemporaryDirectory(prefix="tensor-tutor-", dir=folder) as place:
        session = Path(place, "sessions", "1")
        session.mkdir(parents=True)
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(ours)
                os.write(theirs, _first_refusal(str(session)).encode())
            finally:
                os._exit(0)
        os.close(theirs)
        with os.fdopen(ours, encoding="utf-8", errors="replace") as told:
            answer = told.read(4096)
        os.waitpid(pid, 0)
    return None if answer == _FINE else answer or "the trial ended early"


_FINE = "fine"


def _first_refusal(session: str) -> str:
    view = View(shown=(os.path.dirname(os.__file__),), hidden=(), folder=os.path.dirname(session))
    steps: dict[str, Callable[[], object]] = {
        "a user namespace": lambda: _leave(_TEMPLATE_SPACES),
        "mounts in a user namespace": lambda: _build_root(view),
        "a user namespace inside another": lambda: withdraw(
            session, shared_bytes=1 << 20, shared_files=16
        ),
        "a count of processes for each user namespace": _count_apart,
        "dropping capabilities": drop_capabilities,
    }
    for name, step in steps.items():
        try:
            step()
        except OSError as error:
            return f"{name}: {error.strerror}{_known_cause()}"
    return _FINE


def _known_cause() -> str:
    """Return what is known to switch user namespaces off, where the system says so."""
    causes = {
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
        "/proc/sys/kernel/unprivileged_userns_clone": ("0", "1"),
        "/proc/sys/user/max_user_namespaces": ("0", "1000"),
    }
    for path, (closed, opened) in causes.items():
        with contextlib.suppress(OSError):
            if Path(path).read_text(encoding="ascii").strip() == closed:
                name = path.removeprefix("/proc/sys/").replace("/", ".")
                return f" ({name} is {closed}; `sysctl {name}={opened}` allows it)"
    return ""


def _count_apart() -> None:
    """Fork once under a limit of two tasks: it fails where the user's other tasks count too."""
    resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def drop_capabilities() -> None:
    """Give up every capability over the own namespaces, and every way to get one back."""
    with contextlib.suppress(OSError):  # the first number that the kernel does not know ends it
        for capability in range(64):
            kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
    kernel.prctl(kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_CLEAR_ALL)
    kernel.prctl(kernel.PR_SET_SECUREBITS, kernel.SECURE_ALL_LOCKED)
    kernel.drop_capability_sets()


def _leave(spaces: int) -> None:
    """Enter new namespaces and map the own user and group, alone, to themselves."""
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(spaces)
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, line.encode("ascii"))
        finally:
            os.close(descriptor)


def _build_root(view: View) -> None:
    """Make a small tmpfs the root, bind what `view` names into it, and let the old root go."""
    links, reals = _trails(view.shown)
    hidden = [path for path in view.hidden if os.path.isdir(path)]
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", view.folder, "tmpfs", 0, "mode=0755,size=4m,nr_inodes=4096")
    os.mkdir(view.folder + _OLD_ROOT)
    kernel.pivot_root(view.folder, view.folder + _OLD_ROOT)
    os.chdir("/")
    for path in reals:
        _bind(path, _SAFE | kernel.ATTR_RDONLY)
    for path, target in links.items():
        if not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(target, path)
    for path in hidden:
        if os.path.isdir(path):
            kernel.mount("tmpfs", path, "tmpfs", 0, "mode=0555,size=4k")
    for path in DEVICES:
        _bind(path, kernel.ATTR_NOSUID | kernel.ATTR_NOEXEC)
    _bind("/proc", _DATA)
    _bind(view.folder, _DATA)
    os.makedirs(SHARED_MEMORY, exist_ok=True)
    kernel.unmount(_OLD_ROOT)
    os.rmdir(_OLD_ROOT)
    kernel.mount_attributes("/", _SAFE | kernel.ATTR_RDONLY)


def _bind(path: str, attributes: int) -> None:
    """Show `path` of the old root, with all that is mounted beneath it, in the new one."""
    if os.path.isdir(_OLD_ROOT + path):
        os.makedirs(path, exist_ok=True)
    elif not os.path.lexists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    kernel.mount(_OLD_ROOT + path, path, "", kernel.MS_BIND | kernel.MS_REC)
    kernel.mount_attributes(path, attributes, beneath=True)


def _trails(paths: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the symlinks on the way to `paths`, and the outermost real paths they lead to."""
    links: dict[str, str] = {}
    reals: set[str] = set()
    for path in paths:
        if os.path.exists(path):
            passed, real = _trail(path)
            links |= passed
            reals.add(real)
    outermost: list[str] = []
    for real in sorted(reals):
        if not any(real.startswith(outer.rstrip("/") + "/") for outer in outermost):
            outermost.append(real)
    return links, outermost


def _trail(path: str) -> tuple[dict[str, str], str]:
    links: dict[str, str] = {}
    here = "/"
    waiting = path.split("/")
    while waiting:
        name = waiting.pop(0)
        step = os.path.normpath(os.path.join(here, name)) if name else here
        if not os.path.islink(step) or len(links) > _MOST_LINKS:
            here = step
            continue
        links[step] = os.readlink(step)
        waiting[:0] = links[step].split("/")
        if links[step].startswith("/"):
            here = "/"
    return links, here
