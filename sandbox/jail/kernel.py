"""Raw Linux calls that Python's standard library does not offer."""

import ctypes
import errno
import os
import struct

MOUNT_SETATTR = 442
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446

PR_SET_PDEATHSIG = 1
PR_GET_PDEATHSIG = 2
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_GET_TID_ADDRESS = 40
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

SECURE_ALL_LOCKED = 0b1110_1111
"""NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE, all locked, and KEEP_CAPS locked off."""

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, ATTR_NOEXEC = 1, 2, 4, 8

_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MNT_DETACH = 2
_CAPABILITY_VERSION_3 = 0x20080522

_OPENAT2 = 437
_RESOLVE_NO_SYMLINKS, _RESOLVE_BENEATH = 0x04, 0x08

_NOBODY = 0xFFFFFFFF
"""No id at all: to ask for it changes nothing."""

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: object) -> int:
    """Make a system call; raises OSError with its errno."""
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        _fail()
    return result


def prctl(option: int, *arguments: object) -> int:
    """Change or read something about this process; raises OSError with its errno."""
    padded = [*arguments, 0, 0, 0, 0][:4]
    converted = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in padded]
    result = int(_libc.prctl(ctypes.c_int(option), *converted))
    if result < 0:
        _fail()
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags`; raises OSError."""
    if _libc.unshare(ctypes.c_int(flags)) < 0:
        _fail()


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Attach `source` at `target`; raises OSError."""
    done = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()
    )
    if done < 0:
        _fail(target)


def mount_attributes(path: str, attributes: int, *, beneath: bool = False) -> None:
    """Add `attributes` to the mount at `path`, and to all `beneath` it; raises OSError."""
    wanted = struct.pack("=4Q", attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if beneath else 0
    syscall(
        MOUNT_SETATTR,
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(path.encode()),
        ctypes.c_uint(flags),
        ctypes.c_char_p(wanted),
        ctypes.c_size_t(len(wanted)),
    )


def pivot_root(new_root: str, old_root: str) -> None:
    """Make the mount at `new_root` the root and keep the old one at `old_root`; raises OSError."""
    if _libc.pivot_root(new_root.encode(), old_root.encode()) < 0:
        _fail(new_root)


def unmount(path: str) -> None:
    """Detach what is mounted at `path`, however busy it is; raises OSError."""
    if _libc.umount2(path.encode(), ctypes.c_int(_MNT_DETACH)) < 0:
        _fail(path)


def drop_capability_sets() -> None:
    """Empty the effective, permitted and inheritable sets of this thread; raises OSError."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if _libc.capset(ctypes.c_char_p(header), ctypes.c_char_p(bytes(24))) < 0:
        _fail()


def die_with_parent(signal_number: int) -> None:
    """Ask for a signal when the parent dies. Cleared by fork and by a change of uid."""
    prctl(PR_SET_PDEATHSIG, signal_number)


def open_beneath(folder: int, path: str, flags: int) -> int:
    """Open `path` below the open `folder`, through no link whatever; raises OSError (openat2(2))."""
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, 0, _RESOLVE_NO_SYMLINKS | _RESOLVE_BENEATH)
    return syscall(
        _OPENAT2, folder, ctypes.c_char_p(os.fsencode(path)), ctypes.c_char_p(how), len(how)
    )


def set_file_ids(uid: int) -> None:
    """Access files as `uid`, and the group of that number, from now on; raises OSError."""
    for change in (_libc.setfsgid, _libc.setfsuid):
        change(ctypes.c_uint(uid))
        if change(ctypes.c_uint(_NOBODY)) != uid:  # neither tells an error, only what was before
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def _fail(path: str | None = None) -> None:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number), path)
