"""Landlock: which files a process may touch, whom it may signal, and no TCP (landlock(7))."""

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.jail import kernel

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
TRUNCATE = 1 << 14
IOCTL_DEV = 1 << 15

_REMOVE_FILE = 1 << 5
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_MAKE_FILE = 1 << 8
_FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: 1 << 13, 3: TRUNCATE, 5: IOCTL_DEV}
_TCP_BIND_AND_CONNECT = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_SCOPED_SINCE = 6
_TCP_SINCE = 4
_RULE_PATH_BENEATH = 1
_GET_VERSION = 1

READ = READ_FILE | READ_DIR

SHARED_MEMORY = READ_FILE | WRITE_FILE | TRUNCATE | _MAKE_FILE | _REMOVE_FILE
"""Plain files by names one knows: folders there would be neither counted nor wiped, and the names of
others' files are nobody's business."""


def read_write(abi: int) -> int:
    """Return the rights for a folder of one's own: everything but running files and making devices."""
    return handled_rights(abi) & ~(EXECUTE | IOCTL_DEV | _MAKE_CHAR | _MAKE_BLOCK)


@dataclass(frozen=True, slots=True)
class Rule:
    """`rights` on everything beneath `path`, or on the file `path`."""

    path: str
    rights: int


def abi() -> int:
    """Return the kernel's Landlock ABI, 0 where there is none."""
    try:
        return kernel.syscall(kernel.LANDLOCK_CREATE_RULESET, None, 0, _GET_VERSION)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise


def handled_rights(version: int) -> int:
    """Return every file right that ABI `version` can govern."""
    return sum(rights for since, rights in _RIGHTS_BY_ABI.items() if since <= version)


def signals_are_scoped(version: int) -> bool:
    """Tell whether a restricted process is kept from signalling processes outside."""
    return version >= _SCOPED_SINCE


def build(rules: Iterable[Rule], version: int) -> int:
    """Return a descriptor of the ruleset: only what `rules` allow, no TCP, no outside signals.

    Paths that do not exist are left out. Raises OSError.
    """
    ruleset = _create(version)
    for rule in rules:
        _allow(ruleset, rule, version)
    return ruleset


def restrict_self(ruleset: int) -> None:
    """Apply the ruleset to this process and all it will start; needs no-new-privileges."""
    kernel.syscall(kernel.LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def without(path: str, hidden: Sequence[str]) -> list[str]:
    """Return paths that cover `path` except for what lies beneath the `hidden` folders.

    Landlock only allows, so a folder around a hidden one is replaced by its other children.
    """
    inside = [h for h in hidden if h == path or h.startswith(path.rstrip("/") + "/")]
    if not inside:
        return [path]
    if path in inside:
        return []
    try:
        children = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError:
        return []
    return [kept for child in children for kept in without(child.path, inside)]


def _create(version: int) -> int:
    words = [handled_rights(version)]
    if version >= _TCP_SINCE:
        words.append(_TCP_BIND_AND_CONNECT)
    if version >= _SCOPED_SINCE:
        words.append(_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    attributes = struct.pack(f"={len(words)}Q", *words)
    return kernel.syscall(
        kernel.LANDLOCK_CREATE_RULESET, ctypes.c_char_p(attributes), len(attributes), 0
    )


def _allow(ruleset: int, rule: Rule, version: int) -> None:
    try:
        parent = os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return
    try:
        rights = rule.rights & handled_rights(version)
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= _FILE_RIGHTS
        attributes = struct.pack("=Qi", rights, parent)
        kernel.syscall(
            kernel.LANDLOCK_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.c_char_p(attributes), 0
        )
    finally:
        os.close(parent)
