# expect: status=ok|killed job=evaluation
# Children that a graded answer leaves behind reach no later job.
import os
import time

for _ in range(3):
    if os.fork() == 0:
        for _ in range(1000):
            os.write(3, b"\xff" * 8)
            os.write(1, b"noise")
            time.sleep(0.01)
        os._exit(0)
    break
answer = 42
