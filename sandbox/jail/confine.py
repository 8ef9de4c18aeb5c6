"""Close the calling process in, in the one order that holds, and prove that it did."""

import errno
import glob
import os
import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.jail import kernel, landlock, limits, seccomp
from sandbox.jail.tiers import Walls

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
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

_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")


class WallMissing(Exception):  # noqa: N818
    """Something forbidden succeeded from inside; nothing may run here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """Where a process is closed in: its own `folder`, what it may read and run, and as whom."""

    walls: Walls
    uid: int | None
    folder: str
    readable: tuple[str, ...]
    executables: tuple[str, ...]
    limits: limits.Limits
    gpu: bool = False


def confine(enclosure: Enclosure) -> None:
    """Give up everything but `enclosure`. There is no way back. Raises OSError.

    Order matters: rlimits and the ruleset need rights that the change of uid takes, Landlock and
    seccomp need no-new-privileges, and seccomp comes last because it forbids some of the above.
    """
    walls = enclosure.walls
    os.umask(0o077)
    limits.apply(
        enclosure.limits,
        tasks_elsewhere=0 if enclosure.uid else _my_tasks(),
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
    os.chdir(enclosure.folder)  # only now: uid 0 without DAC_OVERRIDE may not enter it
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    landlock.restrict_self(ruleset)
    seccomp.install(_policy(enclosure))


def verify(enclosure: Enclosure) -> None:
    """Try what must fail, from inside. Raises WallMissing at the first thing that does not."""
    for name, attempt in _forbidden(enclosure).items():
        try:
            attempt()
        except OSError as error:
            if error.errno in (errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT, errno.ENOSYS):
                continue
            raise WallMissing(f"{name}: {error.strerror} instead of a refusal") from error
        except ValueError:
            continue
        raise WallMissing(f"{name} succeeded")


def _forbidden(enclosure: Enclosure) -> dict[str, Callable[[], object]]:
    attempts: dict[str, Callable[[], object]] = {
        "reading /etc/passwd": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "listing /": lambda: os.listdir("/"),
        "writing beside the session's folder": lambda: os.mkdir(f"{enclosure.folder}/../x"),
        "a network socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "a new mount namespace": lambda: kernel.unshare(kernel.CLONE_NEWNS),
        "memory outside the count": lambda: os.memfd_create("x"),
        "raising a limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20)),
        "signalling init": lambda: os.kill(1, 0),
        "leaving the process group": os.setsid,
    }
    if enclosure.uid is not None:
        attempts["becoming root"] = lambda: os.setuid(0)
    else:
        attempts["signalling the parent"] = lambda: os.kill(os.getppid(), 0)
        attempts["a local socket"] = lambda: socket.socket(socket.AF_UNIX)
        attempts["limiting the parent"] = lambda: resource.prlimit(
            os.getppid(), resource.RLIMIT_CORE
        )
    return attempts


def _policy(enclosure: Enclosure) -> seccomp.Policy:
    own_uid = enclosure.uid is not None
    scoped = landlock.signals_are_scoped(enclosure.walls.landlock_abi)
    return seccomp.Policy(
        unix_sockets=own_uid,
        own_uid=own_uid,
        only_signal=None if own_uid or scoped else os.getpid(),
        gpu=enclosure.gpu,
    )


def _rules(enclosure: Enclosure) -> list[landlock.Rule]:
    write = landlock.read_write(enclosure.walls.landlock_abi)
    device = landlock.READ_FILE | landlock.WRITE_FILE
    return [
        *(landlock.Rule(path, landlock.READ) for path in enclosure.readable),
        *(landlock.Rule(path, device) for path in _DEVICES),
        *(
            landlock.Rule(path, landlock.READ_FILE | landlock.EXECUTE)
            for path in (*_LOADERS, *enclosure.executables)
        ),
        landlock.Rule("/dev/shm", landlock.SHARED_MEMORY),  # noqa: S108  (DataLoader workers)
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
