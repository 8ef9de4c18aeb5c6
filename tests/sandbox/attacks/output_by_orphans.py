# expect: status=ok|output_limit output=held again=any
# What orphans of an earlier cell print counts against the cell it falls into, and goes no further.
import os
import time

for _ in range(3):
    if os.fork() == 0:
        if os.fork():
            os._exit(0)
        for _ in range(1000):
            os.write(1, b"late\n")
            time.sleep(0.01)
        os._exit(0)
    os.wait()
# %%
print("held")
import os, signal
