"""The seccomp filter: what it decides for each call, on both architectures, and what still works."""

import errno
import json
import os
import platform
import re
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.jail.calls import NUMBERS
from sandbox.jail.seccomp import Policy, program, supported
from sandbox.jail.tiers import NoSandbox, detect
from sandbox.wire import Cell, SessionSpec
from tests.conftest import serving
from tests.sandbox.plain_user import serving_in_tier_c
from tests.sandbox.talking import quiet

_ROOT = Path(__file__).resolve().parents[2]
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_OWN = Policy(unix_sockets=True, own_uid=True, only_signal=None)
_SHARED = Policy(unix_sockets=False, own_uid=False, only_signal=4711)
_OWN_GPU = Policy(unix_sockets=True, own_uid=True, only_signal=None, gpu=True)
_SHARED_GPU = Policy(unix_sockets=False, own_uid=False, only_signal=4711, gpu=True)
_MACHINES = ("x86_64", "aarch64")
_ALLOWED, _KILLED = "allowed", "killed"


def _evaluate(  # noqa: C901  (one case an instruction)
    code: tuple[bytes, ...], audit: int, number: int, arguments: tuple[int, ...]
) -> str:
    """Run a filter as the kernel would: return allowed, killed, or the name of an errno."""
    padded = [value % (1 << 64) for value in (*arguments, *[0] * (6 - len(arguments)))]
    data = struct.pack("<IIQ6Q", number % (1 << 32), audit, 0, *padded)
    accumulator, position = 0, 0
    while True:
        operation, if_true, if_false, operand = struct.unpack("HBBI", code[position])
        position += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, operand)
            case 0x54:
                accumulator &= operand
            case 0x05:
                position += operand
            case 0x15:
                position += if_true if accumulator == operand else if_false
            case 0x35:
                position += if_true if accumulator >= operand else if_false
            case 0x45:
                position += if_true if accumulator & operand else if_false
            case 0x06:
                return _meaning(operand)
            case _:
                raise AssertionError(f"not an instruction of ours: {operation:#x}")


def _meaning(answer: int) -> str:
    if answer == 0x7FFF0000:
        return _ALLOWED
    if answer == 0x80000000:
        return _KILLED
    assert answer >> 16 == 5
    return errno.errorcode.get(answer & 0xFFFF, "no error")


def _decide(policy: Policy, machine: str, call: str | int, *arguments: int) -> str:
    number = NUMBERS[call][_MACHINES.index(machine)] if isinstance(call, str) else call
    return _evaluate(program(policy, machine), _AUDIT[machine], number, arguments)


_CASES = [
    # The numbers differ between the architectures; the answers must not.
    (_OWN, "read", (), _ALLOWED),
    (_OWN, "execve", (), _ALLOWED),
    (_OWN, "restart_syscall", (), _ALLOWED),
    (_OWN, "fchmodat2", (), _ALLOWED),
    (_OWN, "ptrace", (), "EPERM"),
    (_OWN, "io_uring_setup", (), "EPERM"),
    (_OWN, "memfd_create", (), "EPERM"),
    (_OWN, "rt_sigqueueinfo", (), "EPERM"),
    (_OWN, "setsid", (), "EPERM"),
    (_OWN, "clone3", (), "ENOSYS"),
    (_OWN, "openat2", (), "ENOSYS"),
    (_OWN, 449, (), "ENOSYS"),
    (_OWN, 600, (), "ENOSYS"),
    (_OWN, -1, (), "ENOSYS"),
    (_OWN, "clone", (17,), _ALLOWED),
    (_OWN, "clone", (0x8000 | 0x01000000 | 0x00200000 | 17,), _ALLOWED),  # a snapshot's
    (_OWN, "clone", (0x10000000 | 17,), "EPERM"),
    (_OWN, "clone", (0x80,), "EPERM"),
    (_OWN, "clone", (1 << 40 | 0x00020000,), "EPERM"),
    (_OWN, "prlimit64", (0,), _ALLOWED),
    (_OWN, "prlimit64", (1,), "EPERM"),
    (_OWN, "socket", (socket.AF_UNIX,), _ALLOWED),
    (_OWN, "socket", (socket.AF_INET,), "EAFNOSUPPORT"),
    (_SHARED, "socket", (socket.AF_UNIX,), "EAFNOSUPPORT"),
    (_SHARED, "socketpair", (socket.AF_UNIX, socket.SOCK_STREAM), _ALLOWED),
    (_SHARED, "socketpair", (socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC), _ALLOWED),
    (_OWN, "socketpair", (socket.AF_UNIX, socket.SOCK_DGRAM), "ESOCKTNOSUPPORT"),
    (_OWN, "fallocate", (3, 0, 0, 4096), _ALLOWED),
    (_OWN, "fallocate", (3, 1, 0, 4096), "ENOTSUP"),
    (_OWN, "fchmodat", (), _ALLOWED),
    (_SHARED, "fchmodat", (), "no error"),
    (_OWN, "socketpair", (30,), "EAFNOSUPPORT"),  # AF_TIPC
    (_OWN, "setsockopt", (0, 1, 9), _ALLOWED),
    (_OWN, "setsockopt", (0, 1, 7), "ENOPROTOOPT"),  # SO_SNDBUF
    (_OWN, "setsockopt", (0, 1, 26), "ENOPROTOOPT"),  # SO_ATTACH_FILTER
    (_OWN, "setsockopt", (0, 6, 7), "ENOPROTOOPT"),
    (_OWN, "ioctl", (0, 0x5401), _ALLOWED),
    (_OWN, "ioctl", (0, 0x5421), _ALLOWED),
    (_OWN, "ioctl", (0, 0x5412), "EPERM"),
    (_OWN, "ioctl", (0, 1 << 32 | 0x541C), "EPERM"),
    (_OWN, "ioctl", (0, 0x8912), "ENOTTY"),  # SIOCGIFCONF
    (_OWN, "ioctl", (0, 0x40049409), "ENOTSUP"),
    (_OWN, "fcntl", (0, 1030), _ALLOWED),
    (_OWN, "fcntl", (0, 7), _ALLOWED),
    *((_OWN, "fcntl", (0, command), "EINVAL") for command in (8, 10, 15, 1024, 1026, 1031)),
    (_OWN, "madvise", (0, 0, 4), _ALLOWED),
    (_OWN, "madvise", (0, 0, 12), "EINVAL"),
    (_OWN, "mmap", (0, 4096, 3, 0x22), _ALLOWED),
    (_OWN, "mmap", (0, 4096, 3, 0x40022), "ENOMEM"),
    (_OWN, "mmap", (0, 4096, 3, 0x122), "ENOMEM"),
    (_OWN, "mknodat", (0, 0, 0o010600), _ALLOWED),
    (_OWN, "mknodat", (0, 0, 0o020600), "EPERM"),
    (_OWN, "mknodat", (0, 0, 0o140600), "EPERM"),
    (_OWN, "prctl", (15,), _ALLOWED),
    (_OWN, "prctl", (40,), _ALLOWED),
    (_OWN, "prctl", (22,), "EINVAL"),
    (_OWN, "prctl", (4, 1), "EINVAL"),
    (_OWN, "futex", (0, 128), _ALLOWED),
    (_OWN, "futex", (0, 9 | 128 | 256), _ALLOWED),
    (_OWN, "futex", (0, 12 | 128), "ENOSYS"),
    (_OWN, "futex", (0, 6), "ENOSYS"),
    (_OWN, "kill", (1,), _ALLOWED),
    (_SHARED, "kill", (1,), "EPERM"),
    (_SHARED, "kill", (-1,), "EPERM"),
    (_SHARED, "kill", (4711,), _ALLOWED),
    (_SHARED, "tgkill", (4711,), _ALLOWED),
    (_SHARED, "tgkill", (4712,), "EPERM"),
    (_OWN, "sched_setaffinity", (9,), _ALLOWED),
    (_SHARED, "sched_setaffinity", (9,), "EPERM"),
    (_SHARED, "sched_setaffinity", (0,), _ALLOWED),
    # With a GPU, all is open but what is known to be dangerous.
    (_OWN_GPU, "read", (), _ALLOWED),
    (_OWN_GPU, 250_000, (), _ALLOWED),
    (_OWN_GPU, "ioctl", (0, 0xC020462A), _ALLOWED),
    (_OWN_GPU, "prctl", (4, 1), "EINVAL"),
    (_OWN_GPU, "mmap", (0, 4096, 3, 0x40022), _ALLOWED),
    (_OWN_GPU, "ptrace", (), "EPERM"),
    (_OWN_GPU, "setsid", (), "EPERM"),
    (_OWN_GPU, "clone3", (), "ENOSYS"),
    (_OWN_GPU, "clone", (0x10000000,), "EPERM"),
    (_OWN_GPU, "socketpair", (2,), "EAFNOSUPPORT"),
    (_OWN_GPU, "ioctl", (0, 0x5412), "EPERM"),
    (_OWN_GPU, "fcntl", (0, 8), "EINVAL"),
    (_OWN_GPU, "fcntl", (0, 1033), _ALLOWED),
    (_SHARED_GPU, "tkill", (1,), "EPERM"),
    (_SHARED_GPU, "ioprio_set", (1, 9), "EPERM"),
    (_SHARED_GPU, "ioprio_set", (1, 0), _ALLOWED),
    (_SHARED_GPU, "rt_sigqueueinfo", (1,), "EPERM"),
]


@pytest.mark.parametrize("machine", _MACHINES)
@pytest.mark.parametrize(("policy", "call", "arguments", "answer"), _CASES)
def test_the_filter_answers(
    machine: str, policy: Policy, call: str | int, arguments: tuple[int, ...], answer: str
) -> None:
    assert _decide(policy, machine, call, *arguments) == answer


@pytest.mark.parametrize("policy", [_OWN, _SHARED, _OWN_GPU, _SHARED_GPU])
def test_x32_is_unknown_and_other_architectures_are_killed(policy: Policy) -> None:
    assert _decide(policy, "x86_64", 0x40000000 + 39) == "ENOSYS"
    for machine, other in (_MACHINES, _MACHINES[::-1]):
        assert _evaluate(program(policy, machine), _AUDIT[other], 0, ()) == _KILLED


def test_amx_may_be_asked_for_but_no_other_change_to_the_processor() -> None:
    assert _decide(_OWN, "x86_64", "arch_prctl", 0x1023) == _ALLOWED
    assert _decide(_OWN, "x86_64", "arch_prctl", 0x1012) == "EINVAL"


@pytest.mark.parametrize("machine", _MACHINES)
@pytest.mark.parametrize("policy", [_OWN, _SHARED, _OWN_GPU, _SHARED_GPU])
def test_the_kernel_takes_programs_of_this_length(policy: Policy, machine: str) -> None:
    assert len(program(policy, machine)) <= 4096


@pytest.mark.parametrize("machine", _MACHINES)
def test_no_number_stands_twice_in_the_table(machine: str) -> None:
    column = _MACHINES.index(machine)
    numbers = [pair[column] for pair in NUMBERS.values() if pair[column] != -1]
    assert len(numbers) == len(set(numbers))


def test_the_table_says_what_this_machines_headers_say() -> None:
    try:
        headers = subprocess.run(
            ["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", os.devnull],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no C headers here")
    known = {
        name: int(n) for name, n in re.findall(r"#define __NR_(\w+) (\d+)$", headers, re.MULTILINE)
    }
    column = _MACHINES.index(platform.machine())
    ours = {name: pair[column] for name, pair in NUMBERS.items() if name in known}
    assert len(ours) > 200
    assert ours == {name: known[name] for name in ours}


_CONFINED = """
import ctypes, json, os, sys
from sandbox.jail import kernel, seccomp
policy = seccomp.Policy(True, True, None, gpu=sys.argv[1] == "gpu")
libc = ctypes.CDLL(None, use_errno=True)
def install():
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install(policy)
"""


def _confined(script: str, *arguments: str, gpu: bool = False) -> str:
    if not supported():
        pytest.skip("no seccomp filter here")
    done = subprocess.run(
        [sys.executable, "-c", _CONFINED + script, "gpu" if gpu else "cpu", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.jail
@pytest.mark.parametrize(("policy", "at_least"), [(_OWN, 300), (_OWN_GPU, 70)])
def test_the_kernel_refuses_every_call_that_is_not_open(policy: Policy, at_least: int) -> None:
    machine = platform.machine()
    wanted = {}
    for number in range(601):
        if machine == "x86_64" and number in (335, 336):
            continue  # the kernel's own uprobes: it answers them ahead of any filter
        answer = _decide(policy, machine, number)
        if answer in ("EPERM", "ENOSYS"):
            wanted[str(number)] = getattr(errno, answer)
    assert len(wanted) > at_least

    printed = _confined(
        """
numbers = json.loads(sys.argv[2])
install()
found = {}
for number in numbers:
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(int(number)), 0, 0, 0, 0, 0, 0)
    found[number] = ctypes.get_errno() if result == -1 else f"returned {result}"
print(json.dumps(found))
""",
        json.dumps(list(wanted)),
        gpu=policy.gpu,
    )

    assert json.loads(printed) == wanted


@pytest.mark.jail
@pytest.mark.skipif(platform.machine() != "x86_64", reason="calls by x86_64's numbers")
def test_a_filtered_process_can_make_a_sibling_that_waits_for_a_signal() -> None:
    """What a snapshot is: made by raw clone(CLONE_PARENT), waiting in sigwait."""
    printed = _confined(
        """
import signal
first = os.fork()
if first == 0:
    install()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    tid = ctypes.c_int()
    flags = 0x8000 | 0x01000000 | 0x00200000 | signal.SIGCHLD
    sibling = libc.syscall(56, flags, 0, 0, ctypes.byref(tid), 0)
    if sibling == 0:
        address = ctypes.c_void_p()
        known = libc.prctl(40, ctypes.byref(address), 0, 0, 0)
        right = known == 0 and address.value == ctypes.addressof(tid)
        signal.sigwait({signal.SIGUSR1})
        os._exit(7 if right else 8)
    os.kill(sibling, signal.SIGUSR1)
    os._exit(0 if sibling > 0 else 1)
print(sorted(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(2)))
"""
    )
    assert printed == "[0, 7]\n"


@pytest.fixture(scope="module", params=["A", "C"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    limits = ("--wall-seconds", "60", "--cpu-seconds", "40")
    try:
        tier = detect().tier
    except NoSandbox as error:
        pytest.skip(str(error))
    if request.param == tier:
        with serving(*limits) as path:
            yield path, tier
    elif request.param == "C":
        with serving_in_tier_c(*limits) as path:
            yield path, "C"
    else:
        pytest.skip("tier A needs root")


@pytest.fixture
async def executor(served: tuple[Path, str]) -> AsyncIterator[LocalExecutor]:
    async with connect(served[0]) as connected:
        yield connected


_WORKLOADS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "workloads").glob("*.py"))
}


def test_there_are_workloads() -> None:
    assert len(_WORKLOADS) >= 15


@pytest.mark.jail
@pytest.mark.parametrize("name", _WORKLOADS)
async def test_what_learners_do_works(
    name: str, executor: LocalExecutor, served: tuple[Path, str]
) -> None:
    code = _WORKLOADS[name]
    if served[1] == "C" and code.startswith("# tier A only"):
        pytest.skip("needs local sockets, which tier C refuses")
    ref = await executor.open("learner", SessionSpec(), 60)
    result = await executor.run(ref, Cell(code), quiet)
    assert (result.status, result.value) == ("ok", "'done'"), result
    await executor.close(ref)
