# expect: status=oom|error|timeout
# Several processes together have one share. (Forks that fail for lack of memory are fine too.)
import os
import time

for _ in range(6):
    if os.fork() == 0:
        block = bytearray(400 << 20)
        for offset in range(0, len(block), 4096):
            block[offset] = 1
        time.sleep(30)
        os._exit(0)
time.sleep(4)
raise MemoryError("the rest was refused")
