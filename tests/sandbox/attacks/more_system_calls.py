# expect: status=ok output=held
# Machinery that a lesson never needs is refused.
import ctypes
import errno
import platform

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "memfd_secret": 447,
    "quotactl": 179,
    "settimeofday": 164,
    "clock_settime": 227,
    "syslog": 103,
    "acct": 163,
    "fanotify_init": 300,
    "vhangup": 153,
    "iopl": 172,
    "ioperm": 173,
    "modify_ldt": 154,
    "mount_setattr": 442,
    "fsconfig": 431,
    "sethostname": 170,
    "swapoff": 168,
    "delete_module": 176,
    "umount2": 166,
    "io_uring_enter": 426,
    "process_madvise": 440,
    "adjtimex": 159,
}
if platform.machine() == "x86_64":
    for name, number in NUMBERS.items():
        if libc.syscall(number, 0, 0, 0, 0, 0) >= 0:
            print("BREACH", name)
        elif ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            print("BREACH", name, errno.errorcode[ctypes.get_errno()])
print("held")
