# expect: status=ok output=held
# No call that names another process does anything to it.
import ctypes
import os
import resource

libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(4096)
vector = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), 8)
for pid in (canary_pid, supervisor_pid, template_pid, neighbour_pid):
    calls = {
        "kill": (62, pid, 9),
        "tkill": (200, pid, 9),
        "tgkill": (234, pid, pid, 19),
        "sigqueue": (129, pid, 9, buffer),
        "ptrace": (101, 16, pid, 0, 0),
        "seize": (101, 0x4206, pid, 0, 0),
        "readv": (310, pid, vector, 1, vector, 1, 0),
        "writev": (311, pid, vector, 1, vector, 1, 0),
        "kcmp": (312, pid, os.getpid(), 0, 0, 0),
        "affinity": (203, pid, 8, buffer),
        "nice": (141, 0, pid, 19),
        "group nice": (141, 1, pid, 19),
        "ioprio": (251, 1, pid, 3 << 13),
        "scheduler": (144, pid, 3, buffer),
        "setpgid": (109, pid, os.getpid()),
        "prlimit": (302, pid, 7, 0, buffer),
        "move": (279, pid, 0, 0, 0, 0, 0),
        "robust list": (274, pid, buffer, buffer),
        "perf": (298, buffer, pid, -1, -1, 0),
    }
    for name, (number, *arguments) in calls.items():
        libc.syscall(number, *arguments) >= 0 and print("BREACH", name, pid)
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        continue
    for number, arguments in (
        (424, (9, 0, 0)),
        (438, (0, 0)),
        (440, (vector, 1, 21, 0)),
        (448, (0,)),
    ):
        libc.syscall(number, descriptor, *arguments) >= 0 and print("BREACH pidfd", number)
libc.syscall(141, 2, os.getuid(), 19) == 0 and print("BREACH user nice")
print("held")
