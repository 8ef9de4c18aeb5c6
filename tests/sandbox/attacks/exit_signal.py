# expect: status=ok|killed again=any
# A child that ends with SIGKILL or SIGSTOP for its parent reaches this process, not the template.
import ctypes
import os
import time

libc = ctypes.CDLL(None)
for number in (9, 19):
    child = libc.syscall(56, number, 0, 0, 0, 0)
    if child == 0:
        grandchild = libc.syscall(56, 0x00008000 | number, 0, 0, 0, 0)
        if grandchild:
            time.sleep(0.1)
        os._exit(0)
