"""Raw Linux calls that Python's standard library does not offer."""

import ctypes
import errno
import os
import struct

LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446

PR_SET_PDEATHSIG = 1
PR_GET_PDEATHSIG = 2
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_GET_TID_ADDRESS = 40

CLONE_NEWNS = 0x00020000

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
