# expect: status=timeout
# Turning the process's own clocks back turns back nobody else's.
import time

time.monotonic = time.perf_counter = time.time = lambda: 0.0
while True:
    pass
