# expect: status=ok|oom|killed output=held
# Pipes full of data hold little: the kernel limits them for each user.
import fcntl
import os

held = 0
try:
    while True:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        try:
            fcntl.fcntl(writing, 1031, 1 << 20)
        except OSError:
            pass
        try:
            while True:
                held += os.write(writing, b"x" * 65536)
        except BlockingIOError:
            pass
except OSError:
    pass
print("held" if held < (300 << 20) else "BREACH")
