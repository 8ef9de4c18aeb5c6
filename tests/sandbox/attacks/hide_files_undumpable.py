# expect: status=killed alive=no error=OSError
# Files without a name are counted in a process that forbids looking at it.
import ctypes
import os
import time

ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
kept = []
for number in range(20):
    file = open("part", "wb")
    os.unlink("part")
    file.write(b"x" * (16 << 20))
    file.flush()
    kept.append(file)
time.sleep(1.5)
