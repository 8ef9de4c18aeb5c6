"""Close the calling process in, in the one order that holds, and prove that it did."""

import errno
import glob
import os
import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.jail import kernel, landlock, limits, namespaces, seccomp
from sandbox.jail.tiers import Walls

SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self",
    "/proc/stat",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
)
"""What any Python program may read of the system besides its own installation."""

_GPU_READABLE = (
    "/proc/driver/nvidia",
    "/proc/driver/nvidia-uvm",
    "/proc/driver/nvidia-caps",
    "/proc/driver/nvidia-nvlink",
    "/proc/devices",
    "/proc/modules",
    "/proc/sys/vm",
    "/sys/bus/pci/devices",
    "/sys/module/nvidia",
    "/sys/module/nvidia_uvm",
    "/usr/local/cuda",
    "/usr/local/nvidia",
)

LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
"""What starts a program; one of them is there."""


class WallMissing(Exception):  # noqa: N818
    """Something forbidden succeeded from inside; nothing may run here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """Where a process is closed in: its own `folder`, what it may read and run, and as whom.

    `private` folders and the socket `closed_socket` are our own: the proof tries to reach them.
    """

    walls: Walls
    uid: int | None
    folder: str
    readable: tuple[str, ...]
    executables: tuple[str, ...]
    limits: limits.Limits
    private: tuple[str, ...] = ()
    closed_socket: str | None = None
    gpu: bool = False


def confine(enclosure: Enclosure) -> None:
    """Give up everything but `enclosure`. There is no way back. Raises OSError.

    Order matters: namespaces decide what paths and counts mean, rlimits and the ruleset need rights
    that the change of uid takes, Landlock and seccomp need no-new-privileges, and seccomp comes last
    because it forbids some of the above.
    """
    walls, bounds = enclosure.walls, enclosure.limits
    if walls.tier == "B":
        namespaces.withdraw(
            enclosure.folder,
            shared_bytes=bounds.disk_bytes,
            shared_files=bounds.disk_files,
            names_threads=enclosure.gpu,  # the CUDA driver does, and fails where it may not
        )
    os.umask(0o077)
    limits.apply(
        bounds,
        tasks_elsewhere=_my_tasks() if walls.tier == "C" else 0,
        address_space=not enclosure.gpu,
    )
    ruleset = landlock.build(_rules(enclosure), walls.landlock_abi)
    if enclosure.uid is not None:
        os.setgroups([])
        os.setresgid(enclosure.uid, enclosure.uid, enclosure.uid)
        os.setresuid(enclosure.uid, enclosure.uid, enclosure.uid)
        # The change closed /proc/<pid>/fd to this uid itself, as which the supervisor looks there.
        # Nobody else is this uid, and what may trace a process or write to its memory stays refused.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    if walls.tier == "B":
        namespaces.drop_capabilities()
    os.chdir(enclosure.folder)  # only now: uid 0 without DAC_OVERRIDE may not enter it
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    landlock.restrict_self(ruleset)
    seccomp.install(_policy(enclosure))


_REFUSALS = (errno.EPERM, errno.EACCES, errno.EROFS, errno.EAFNOSUPPORT, errno.ENOSYS)
_ABSENCES = (errno.ENOENT, errno.EINVAL)  # EINVAL: a number that means nobody in this namespace


def verify(enclosure: Enclosure) -> None:
    """Try what must fail, from inside. Raises WallMissing at the first thing that does not."""
    for name, attempt in _forbidden(enclosure).items():
        _must_fail(name, attempt, _REFUSALS)
    for name, attempt in _unseen(enclosure).items():
        _must_fail(name, attempt, (*_REFUSALS, *_ABSENCES))
    held = _capabilities_held()
    if held:
        raise WallMissing(f"capabilities are left: {held}")


def _must_fail(name: str, attempt: Callable[[], object], refusals: tuple[int, ...]) -> None:
    try:
        attempt()
    except OSError as error:
        if error.errno in refusals:
            return
        raise WallMissing(f"{name}: {error.strerror} instead of a refusal") from error
    except ValueError:  # what Python makes of a refusal to raise a limit
        return
    raise WallMissing(f"{name} succeeded")


def _forbidden(enclosure: Enclosure) -> dict[str, Callable[[], object]]:
    """Return what a wall refuses in so many words."""
    parent = os.getppid()
    attempts: dict[str, Callable[[], object]] = {
        "listing /": lambda: os.listdir("/"),
        "listing the sessions": lambda: os.listdir(f"{enclosure.folder}/.."),
        "writing beside the session's folder": lambda: os.mkdir(f"{enclosure.folder}/../x"),
        "writing to the installation": lambda: os.mkdir(f"{os.path.dirname(os.__file__)}/x"),
        "a network socket": lambda: _connect_out(socket.AF_INET, "127.0.0.1"),
        "a network socket of version 6": lambda: _connect_out(socket.AF_INET6, "::1"),
        "a new mount namespace": lambda: kernel.unshare(kernel.CLONE_NEWNS),
        "a new user namespace": lambda: kernel.unshare(kernel.CLONE_NEWUSER),
        "memory outside the count": lambda: os.memfd_create("x"),
        "raising a limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20)),
        "signalling init": lambda: os.kill(1, 0),
        "signalling the parent": lambda: os.kill(parent, 0),
        "limiting the parent": lambda: resource.prlimit(parent, resource.RLIMIT_CORE),
        "leaving the process group": os.setsid,
    }
    if enclosure.walls.tier == "C":
        attempts["a local socket"] = lambda: socket.socket(socket.AF_UNIX)
    return attempts


def _unseen(enclosure: Enclosure) -> dict[str, Callable[[], object]]:
    """Return what a wall refuses or hides altogether."""
    parent, address = os.getppid(), enclosure.closed_socket
    attempts: dict[str, Callable[[], object]] = {
        "reading the parent's environment": lambda: _read(f"/proc/{parent}/environ"),
        "reading the parent's memory": lambda: _read(f"/proc/{parent}/mem"),
        "becoming root": lambda: os.setuid(0),
        "reading /etc/passwd": lambda: _read("/etc/passwd"),
        "writing to /tmp": lambda: os.mkdir(f"/tmp/tensor-tutor-{os.getpid()}"),  # noqa: S108
    }
    if address is not None:
        attempts["connecting to the supervisor"] = lambda: _connect_local(address)
    open_paths = (*enclosure.readable, namespaces.SHARED_MEMORY)
    for folder in enclosure.private:
        if not any(_is_within(folder, path) for path in open_paths):
            attempts[f"listing {folder}"] = lambda folder=folder: os.listdir(folder)  # type: ignore[misc]
    return attempts


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def _connect_out(family: int, address: str) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as outside:
        outside.connect((address, 9))


def _connect_local(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as inside:
        inside.connect(path)


def _read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(1)


def _capabilities_held() -> str:
    """Return the permitted capabilities of this process, empty when there are none."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        permitted = next(line.split()[1] for line in status if line.startswith("CapPrm:"))
    return permitted if int(permitted, 16) else ""


def _policy(enclosure: Enclosure) -> seccomp.Policy:
    """Refuse local sockets where the host's could be reached, and signals where nothing scopes them."""
    own_uid = enclosure.uid is not None
    scoped = landlock.signals_are_scoped(enclosure.walls.landlock_abi)
    return seccomp.Policy(
        unix_sockets=enclosure.walls.tier != "C",
        own_uid=own_uid,
        only_signal=None if own_uid or scoped else os.getpid(),
        gpu=enclosure.gpu,
    )


def _rules(enclosure: Enclosure) -> list[landlock.Rule]:
    write = landlock.read_write(enclosure.walls.landlock_abi)
    device = landlock.READ_FILE | landlock.WRITE_FILE
    return [
        *(landlock.Rule(path, landlock.READ) for path in enclosure.readable),
        *(landlock.Rule(path, device) for path in namespaces.DEVICES),
        *(
            landlock.Rule(path, landlock.READ_FILE | landlock.EXECUTE)
            for path in (*LOADERS, *enclosure.executables)
        ),
        landlock.Rule(namespaces.SHARED_MEMORY, landlock.SHARED_MEMORY),
        landlock.Rule(enclosure.folder, write),
        *(_gpu_rules() if enclosure.gpu else ()),
    ]


def _gpu_rules() -> list[landlock.Rule]:
    """Return what the CUDA driver needs. It also names its threads, by a file of their own in /proc."""
    device = landlock.READ_FILE | landlock.WRITE_FILE | landlock.IOCTL_DEV
    return [
        *(landlock.Rule(path, device | landlock.READ_DIR) for path in gpu_devices()),
        *(
            landlock.Rule(path, landlock.READ)
            for path in (*_GPU_READABLE, *glob.glob("/sys/devices/pci*"))
        ),
        landlock.Rule("/proc/self/task", landlock.READ | landlock.WRITE_FILE),
    ]


def gpu_devices() -> list[str]:
    """Return the device files of all NVIDIA GPUs, of the driver itself and of parts of a GPU (MIG)."""
    return sorted(
        {
            *glob.glob("/dev/nvidia[0-9]*"),
            *("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-caps"),
        }
    )


def _my_tasks() -> int:
    """Count the threads of all processes of this user."""
    uid = os.getuid()
    total = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == uid:
                    total += len(os.listdir(f"/proc/{entry.name}/task"))
            except OSError:
                continue
    return total
