# expect: status=ok output=held again=any
# No child finds a way out of its group, whoever adopts it.
import ctypes
import os
import signal
import time

libc = ctypes.CDLL(None)
libc.prctl(36, 1, 0, 0, 0)
for _ in range(3):
    if os.fork() == 0:
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        libc.prctl(36, 1, 0, 0, 0)
        libc.prctl(15, b"systemd", 0, 0, 0)
        for number, arguments in ((112, ()), (109, (0, 0)), (109, (0, 1))):
            libc.syscall(number, *arguments) >= 0 and os.write(1, b"BREACH")
        if os.fork():
            os._exit(0)
        time.sleep(1000)
print("held")
