# expect: status=oom|error
# New programs inherit nothing of the template: all of their memory is counted.
import os
import subprocess
import sys
import time

code = "block = bytearray(b'x' * (170 << 20))\nprint(1, flush=True)\nimport time\ntime.sleep(2)"
running = [
    subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE) for _ in range(8)
]
for process in running:
    process.stdout.read(1)
time.sleep(0.6)
print("BREACH")
