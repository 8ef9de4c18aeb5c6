"""Seccomp: the system calls a learner's process may make, as a BPF program (seccomp(2)).

An allow-list: what torch, DataLoader workers, threads, matplotlib and Python's own library need is
open, and a call that nobody thought of is closed. Processes with a GPU keep a deny-list: NVIDIA's
driver library makes a wide set of calls that changes with every release.
"""

import ctypes
import errno
import platform
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.jail import bpf, kernel
from sandbox.jail.calls import NUMBERS

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32_BIT = 0x40000000
_MODE_FILTER = 2

_FREE = frozenset(
    """
    access chdir close close_range copy_file_range creat dup dup2 dup3 faccessat
    faccessat2 fadvise64 fchdir fdatasync fgetxattr
    flistxattr flock fstat fstatfs fsync ftruncate getcwd getdents64 getxattr lgetxattr link
    linkat listxattr llistxattr lseek lstat mkdir mkdirat newfstatat open openat pread64
    preadv preadv2 pwrite64 pwritev pwritev2 read readlink readlinkat readv rename renameat
    renameat2 rmdir sendfile stat statfs statx symlink symlinkat truncate umask unlink
    unlinkat write writev
    brk mprotect mremap msync munmap
    execve exit exit_group fork getcpu getegid geteuid getgid getgroups getpgid getpgrp getpid
    getppid getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid rseq
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getparam
    sched_getscheduler sched_yield set_robust_list set_tid_address setrlimit sysinfo times
    uname vfork wait4 waitid
    alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep pause
    restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend
    rt_sigtimedwait setitimer sigaltstack time
    accept accept4 bind connect epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_wait
    eventfd2 getpeername getsockname getsockopt listen pipe pipe2 poll ppoll pselect6 recvfrom
    recvmsg select sendmsg sendto shutdown
    getrandom
    """.split()  # noqa: SIM905  (a name a line would be pages)
)
"""What every session may call with any arguments."""

_MODES = ("chmod", "fchmod", "fchmodat", "fchmodat2", "utime", "utimensat", "utimes")
"""What Landlock does not govern: the modes and times of files that a process owns."""

_NO_ERROR = 0
"""Nothing is done, and nothing is said: copying a file need not fail because its mode is not kept."""

_YOUNG = 449
"""From futex_waitv (Linux 5.16) on, calls are answered as by a kernel that does not know them yet, so
that libc takes the older way."""

_UNKNOWN = ("clone3", "epoll_pwait2", "membarrier", "openat2")
"""Older ones of the same kind."""

_CLOSED_TO_GPU = frozenset(
    """
    acct add_key adjtimex bpf chroot clock_adjtime clock_settime delete_module fanotify_init
    finit_module fsconfig fsmount fsopen fspick init_module io_uring_enter io_uring_register
    io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl memfd_create
    memfd_secret migrate_pages modify_ldt mount mount_setattr move_mount move_pages mq_open
    mq_unlink msgctl msgget msgrcv msgsnd name_to_handle_at open_by_handle_at open_tree
    perf_event_open personality pidfd_getfd pivot_root process_madvise process_mrelease
    process_vm_readv process_vm_writev ptrace quotactl quotactl_fd reboot request_key
    sched_setattr sched_setparam sched_setscheduler semctl semget semop semtimedop
    setdomainname sethostname setns setpgid setpriority setsid settimeofday shmat shmctl
    shmget swapoff swapon syslog umount2 unshare userfaultfd vhangup
    """.split()  # noqa: SIM905  (a name a line would be pages)
)
"""What no process with a GPU may call."""

_NEW_NAMESPACES = 0x7E020000 | 0x00000080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME."""

_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_FICLONE = 0x40049409
_FIOASYNC, _FIOSETOWN, _SIOCSPGRP = 0x5452, 0x8901, 0x8902
_TERMINAL_QUESTIONS = (0x5401, 0x802C542A, 0x540F, 0x5413)  # TCGETS, TCGETS2, TIOCGPGRP, TIOCGWINSZ
_DESCRIPTOR_SWITCHES = (0x541B, 0x5421, 0x5450, 0x5451)  # FIONREAD, FIONBIO, FIONCLEX, FIOCLEX

_DESCRIPTOR_COMMANDS = (*range(8), 36, 37, 38, 1030, 1032)
"""F_DUPFD to F_SETLKW, the locks of an open file, F_DUPFD_CLOEXEC and F_GETPIPE_SZ. Not: owners,
which get signals (F_SETOWN), leases, notifications, seals, and larger pipes, which nothing counts."""

_SIGNAL_SENDERS = (8, 10, 15, 1024, 1026)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE and F_NOTIFY: signals that no kill(2) sends."""

_MEMORY_ADVICE = (*range(5), 8, 10, 11, *range(14, 24), 25, 102, 103)
"""All but the merging of equal pages (MADV_MERGEABLE), which tells what others have in memory, the
simulation of broken memory, and MADV_REMOVE."""

_MAP_GROWSDOWN, _MAP_HUGETLB = 0x100, 0x40000

_PROCESS_OPTIONS = (1, 2, 3, 15, 16, 21, 23, 38, 39, 40, 51)
"""PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP,
PR_CAPBSET_READ, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_GET_TID_ADDRESS and PR_SVE_GET_VL."""

_PROCESSOR_OPTIONS = (*range(0x1001, 0x1005), *range(0x1021, 0x1024))
"""ARCH_SET_GS to ARCH_GET_GS, and asking for AMX, which oneDNN multiplies matrices with."""

_FUTEX_FLAGS = 128 | 256
_PRIORITY_INHERITANCE = (6, 7, 8, 11, 12, 13)
"""FUTEX_LOCK_PI and its kin; libc answers that such mutexes are not supported."""

_SOCKET_OPTIONS = (2, 9, 13, 15, 16, 20, 21)
"""SO_REUSEADDR, SO_KEEPALIVE, SO_LINGER, SO_REUSEPORT, SO_PASSCRED, SO_RCVTIMEO
and SO_SNDTIMEO. Not: programs for the kernel (SO_ATTACH_FILTER), nor larger buffers (SO_SNDBUF), which
are memory that no process is charged for."""

_PAIRS = tuple(
    kind | flags
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
    for flags in (
        0,
        socket.SOCK_CLOEXEC,
        socket.SOCK_NONBLOCK,
        socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
    )
)
"""What is connected for good. One of a pair of datagram sockets can be turned to any other."""

_NEITHER_FILE_NOR_FIFO = 0o060000
"""A bit that every kind of node has but S_IFREG and S_IFIFO."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What differs between tiers and devices.

    `unix_sockets`: new AF_UNIX sockets are allowed. `own_uid`: nobody else has this process's uid,
    so calls aimed at other processes are harmless. `only_signal`: the one pid that may be
    signalled, or None for no such rule. `gpu`: all calls but the known dangerous ones are open.
    """

    unix_sockets: bool
    own_uid: bool
    only_signal: int | None
    gpu: bool = False


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
    instructions = program(policy, platform.machine())
    code = ctypes.create_string_buffer(b"".join(instructions))
    header = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
    kernel.prctl(kernel.PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(header))


def program(policy: Policy, machine: str) -> bpf.Code:
    """Return the filter for `machine`, as platform.machine() calls it. Raises KeyError."""
    audit_arch, column = _ARCHITECTURES[machine]
    calls = _gpu_calls(policy) if policy.gpu else _calls(policy)
    cases = {NUMBERS[name][column]: code for name, code in calls.items()}
    cases.pop(-1, None)
    unknown = bpf.refuse(errno.ENOSYS)
    if policy.gpu:
        decide = bpf.choose(cases, bpf.ALLOW, above=(_X32_BIT, unknown))
    else:
        decide = bpf.choose(cases, bpf.refuse(errno.EPERM), above=(_YOUNG, unknown))
    return bpf.on_architecture(audit_arch, (*bpf.LOAD_NUMBER, *decide))


def _calls(policy: Policy) -> dict[str, bpf.Code]:
    """Return what decides each call that is open or unknown; all others are refused."""
    node = bpf.any_bit(_NEITHER_FILE_NOR_FIFO, bpf.refuse(errno.EPERM), bpf.ALLOW)
    shared = {name: code for name, code in _both(policy).items() if name in _SHARED}
    # Without a uid or a file system of its own, a session owns all that its user owns outside.
    shares_files = not policy.own_uid and not policy.unix_sockets
    modes = bpf.refuse(_NO_ERROR) if shares_files else bpf.ALLOW
    return {
        **dict.fromkeys(_FREE, bpf.ALLOW),
        **dict.fromkeys(_MODES, modes),
        **dict.fromkeys(_UNKNOWN, bpf.refuse(errno.ENOSYS)),
        **shared,
        "arch_prctl": _only(0, _PROCESSOR_OPTIONS, errno.EINVAL),
        "fcntl": _only(1, _DESCRIPTOR_COMMANDS, errno.EINVAL),
        "futex": _futex(),
        "ioctl": _device_control(),
        "madvise": _only(2, _MEMORY_ADVICE, errno.EINVAL),
        "mknod": (*bpf.argument(1), *node),
        "mknodat": (*bpf.argument(2), *node),
        "mmap": _unless_bit(3, _MAP_GROWSDOWN | _MAP_HUGETLB, errno.ENOMEM),
        "prctl": _only(0, _PROCESS_OPTIONS, errno.EINVAL),
        "setsockopt": _only(
            1,
            (socket.SOL_SOCKET,),
            errno.ENOPROTOOPT,
            then=_only(2, _SOCKET_OPTIONS, errno.ENOPROTOOPT),
        ),
    }


def _gpu_calls(policy: Policy) -> dict[str, bpf.Code]:
    """Return what decides each call that is not simply open."""
    only = policy.only_signal
    others = bpf.ALLOW if only is None else bpf.refuse(errno.EPERM)
    owners = (_TIOCSTI, _TIOCLINUX, _FIOASYNC, _FIOSETOWN, _SIOCSPGRP)
    return {
        **dict.fromkeys(_CLOSED_TO_GPU, bpf.refuse(errno.EPERM)),
        **_both(policy),
        "clone3": bpf.refuse(errno.ENOSYS),
        "fcntl": _except(1, _SIGNAL_SENDERS, errno.EINVAL),
        "ioctl": _except(1, owners, errno.EPERM),
        "ioprio_set": bpf.ALLOW if policy.own_uid else _only(1, (0,), errno.EPERM),
        # An undumpable process would hide what it has open, and so the disk space that this takes.
        "prctl": _except(0, (kernel.PR_SET_DUMPABLE,), errno.EINVAL),
        "pidfd_send_signal": others,
        "tkill": others,
    }


_SHARED = (
    "clone",
    "fallocate",
    "kill",
    "prlimit64",
    "sched_setaffinity",
    "socket",
    "socketpair",
    "tgkill",
)


def _both(policy: Policy) -> dict[str, bpf.Code]:
    """Return the rules that hold with and without a GPU."""
    no_family = bpf.refuse(errno.EAFNOSUPPORT)
    local = _only(0, (socket.AF_UNIX,), errno.EAFNOSUPPORT)
    connected = _only(1, _PAIRS, errno.ESOCKTNOSUPPORT)
    own = policy.only_signal
    signal = bpf.ALLOW if own is None else _only(0, (0, own), errno.EPERM)
    return {
        # glibc falls back from clone3 to clone, whose flags can be read here.
        "clone": _unless_bit(0, _NEW_NAMESPACES, errno.EPERM),
        "kill": signal,
        "prlimit64": _only(0, (0,), errno.EPERM),
        "rt_sigqueueinfo": signal,
        "rt_tgsigqueueinfo": signal,
        "sched_setaffinity": bpf.ALLOW if policy.own_uid else _only(0, (0,), errno.EPERM),
        "socket": local if policy.unix_sockets else no_family,
        # Room kept beyond the end of a file (FALLOC_FL_KEEP_SIZE) heeds no limit on its size.
        "fallocate": _only(1, (0,), errno.EOPNOTSUPP),
        # The kernel makes both sockets before it finds that a family has no pairs.
        "socketpair": _only(0, (socket.AF_UNIX,), errno.EAFNOSUPPORT, then=connected),
        "tgkill": signal,
    }


def _device_control() -> bpf.Code:
    """Answer as if no device knew the command. AF_UNIX sockets, too, tell of the host's network."""
    open_commands = dict.fromkeys((*_TERMINAL_QUESTIONS, *_DESCRIPTOR_SWITCHES), bpf.ALLOW)
    closed = dict.fromkeys((_TIOCSTI, _TIOCLINUX), bpf.refuse(errno.EPERM))
    cases = {**open_commands, **closed, _FICLONE: bpf.refuse(errno.EOPNOTSUPP)}
    return (*bpf.argument(1), *bpf.choose(cases, bpf.refuse(errno.ENOTTY)))


def _futex() -> bpf.Code:
    closed = dict.fromkeys(_PRIORITY_INHERITANCE, bpf.refuse(errno.ENOSYS))
    return (*bpf.argument(1), *bpf.masked(~_FUTEX_FLAGS), *bpf.choose(closed, bpf.ALLOW))


def _only(index: int, values: Iterable[int], error: int, then: bpf.Code = bpf.ALLOW) -> bpf.Code:
    cases = dict.fromkeys(values, then)
    return (*bpf.argument(index), *bpf.choose(cases, bpf.refuse(error)))


def _except(index: int, values: Iterable[int], error: int) -> bpf.Code:
    cases = dict.fromkeys(values, bpf.refuse(error))
    return (*bpf.argument(index), *bpf.choose(cases, bpf.ALLOW))


def _unless_bit(index: int, mask: int, error: int) -> bpf.Code:
    return (*bpf.argument(index), *bpf.any_bit(mask, bpf.refuse(error), bpf.ALLOW))
