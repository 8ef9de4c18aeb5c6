"""Seccomp: the system calls a learner's process may not make, as a BPF program (seccomp(2)).

A deny-list: everything torch, DataLoader workers, threads and matplotlib need stays open, and what
reaches other processes, the kernel's larger machinery, or memory that no limit counts is closed.
"""

import ctypes
import errno
import platform
import socket
import struct
from dataclasses import dataclass

from sandbox.jail import kernel

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32_BIT = 0x40000000
_MODE_FILTER = 2

# name: (x86_64, aarch64); -1 where the architecture has no such call.
_NUMBERS = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "kill": (62, 129),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, -1),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "msgctl": (71, 187),
    "msgget": (68, 186),
    "msgrcv": (70, 188),
    "msgsnd": (69, 189),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "prlimit64": (302, 261),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "semctl": (66, 191),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setpgid": (109, 154),
    "setpriority": (141, 140),
    "setsid": (112, 157),
    "settimeofday": (164, 170),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmget": (29, 194),
    "socket": (41, 198),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "tgkill": (234, 131),
    "tkill": (200, 130),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}

_NEW_NAMESPACES = 0x7E020000 | 0x00000080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME."""

_TIOCSTI = 0x5412
_TIOCLINUX = 0x541C

_LOAD = 0x20
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_JUMP_ANY_BIT = 0x45
_RETURN = 0x06

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_KILL_PROCESS = 0x80000000


@dataclass(frozen=True, slots=True)
class Policy:
    """What differs between tiers.

    `unix_sockets`: new AF_UNIX sockets are allowed. `own_uid`: nobody else has this process's uid,
    so calls aimed at other processes are harmless. `only_signal`: the one pid that may be
    signalled, or None for no such rule.
    """

    unix_sockets: bool
    own_uid: bool
    only_signal: int | None


def supported() -> bool:
    """Tell whether the kernel filters system calls and the table covers this architecture."""
    if platform.machine() not in _ARCHITECTURES:
        return False
    try:
        kernel.prctl(kernel.PR_GET_SECCOMP)
    except OSError:
        return False
    return True


def install(policy: Policy) -> None:
    """Filter this process's system calls, and those of all it will start, for good."""
    program = _program(policy)
    instructions = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(instructions))
    kernel.prctl(kernel.PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(header))


def _program(policy: Policy) -> list[bytes]:
    audit_arch, column = _ARCHITECTURES[platform.machine()]
    program = [
        _load(4),
        _instruction(_JUMP_EQUAL, audit_arch, 1, 0),
        _instruction(_RETURN, _KILL_PROCESS),
        _load(0),
    ]
    if column == 0:
        program += [_instruction(_JUMP_AT_LEAST, _X32_BIT, 0, 1), _refuse(errno.ENOSYS)]
    conditional = _conditional(policy)
    for name, numbers in _NUMBERS.items():
        body = conditional.get(name, [_refuse(errno.EPERM)])
        if numbers[column] >= 0 and body:
            program.append(_instruction(_JUMP_EQUAL, numbers[column], 0, len(body)))
            program += body
    return [*program, _instruction(_RETURN, _ALLOW)]


def _conditional(policy: Policy) -> dict[str, list[bytes]]:
    """Return what decides the calls of which only some uses are refused; empty allows all."""
    sockets = _unless(0, (socket.AF_UNIX,), errno.EAFNOSUPPORT)
    typing = _when(1, _JUMP_EQUAL, _TIOCSTI, errno.EPERM)[:-1]
    rules = {
        # glibc falls back from clone3 to clone, whose flags can be read here.
        "clone3": [_refuse(errno.ENOSYS)],
        "clone": _when(0, _JUMP_ANY_BIT, _NEW_NAMESPACES, errno.EPERM),
        "socket": sockets if policy.unix_sockets else [_refuse(errno.EAFNOSUPPORT)],
        "ioctl": [*typing, *_when(1, _JUMP_EQUAL, _TIOCLINUX, errno.EPERM)],
        "prlimit64": _unless(0, (0,), errno.EPERM),
    }
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        only = policy.only_signal
        rules[name] = [] if only is None else _unless(0, (0, only), errno.EPERM)
    for name in ("tkill", "pidfd_send_signal"):
        rules[name] = [] if policy.only_signal is None else [_refuse(errno.EPERM)]
    rules["ioprio_set"] = [] if policy.own_uid else _unless(1, (0,), errno.EPERM)
    rules["sched_setaffinity"] = [] if policy.own_uid else _unless(0, (0,), errno.EPERM)
    return rules


def _when(argument: int, jump: int, operand: int, error: int) -> list[bytes]:
    return [
        _load_argument(argument),
        _instruction(jump, operand, 0, 1),
        _refuse(error),
        _instruction(_RETURN, _ALLOW),
    ]


def _unless(argument: int, allowed: tuple[int, ...], error: int) -> list[bytes]:
    tests = [
        _instruction(_JUMP_EQUAL, value, len(allowed) - index, 0)
        for index, value in enumerate(allowed)
    ]
    return [_load_argument(argument), *tests, _refuse(error), _instruction(_RETURN, _ALLOW)]


def _load_argument(index: int) -> bytes:
    return _load(16 + 8 * index)


def _load(offset: int) -> bytes:
    return _instruction(_LOAD, offset)


def _refuse(error: int) -> bytes:
    return _instruction(_RETURN, _ERRNO | error)


def _instruction(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, operand & 0xFFFFFFFF)
