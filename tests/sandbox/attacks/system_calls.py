# expect: status=ok output=held
# Calls that reach other processes, namespaces, kernel machinery or uncounted memory are refused.
import ctypes
import errno
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "ptrace": 101,
    "process_vm_readv": 310,
    "unshare": 272,
    "setns": 308,
    "mount": 165,
    "chroot": 161,
    "pivot_root": 155,
    "bpf": 321,
    "perf_event_open": 298,
    "userfaultfd": 323,
    "io_uring_setup": 425,
    "keyctl": 250,
    "add_key": 248,
    "memfd_create": 319,
    "shmget": 29,
    "msgget": 68,
    "semget": 64,
    "mq_open": 240,
    "pidfd_getfd": 438,
    "name_to_handle_at": 303,
    "open_by_handle_at": 304,
    "kexec_load": 246,
    "init_module": 175,
    "reboot": 169,
    "swapon": 167,
    "personality": 135,
    "fsopen": 430,
    "open_tree": 428,
    "move_mount": 429,
    "setsid": 112,
    "setpgid": 109,
    "clone3": 435,
}
if platform.machine() == "x86_64":
    for name, number in NUMBERS.items():
        ctypes.set_errno(0)
        if libc.syscall(number, 0, 0, 0, 0, 0) >= 0:
            print("BREACH", name)
        elif ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            print("BREACH", name, errno.errorcode[ctypes.get_errno()])
    libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) >= 0 and print("BREACH clone newuser")
    libc.syscall(0x40000000 + 39) >= 0 and print("BREACH x32")
print("held")
