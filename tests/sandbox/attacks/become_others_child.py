# expect: status=ok output=held again=any
# Processes made the template's children die with the session all the same.
import ctypes
import os
import time

libc = ctypes.CDLL(None)
for number in range(40):
    pid = libc.syscall(56, 0x00008000 | 0x00800000 | 17, 0, 0, 0, 0)
    if pid == 0:
        if number < 35:
            os._exit(3)
        time.sleep(1000)
print("held")
