# expect: status=ok|output_limit|oom job=evaluation
# Output of graded answers is bounded like any other.
import os

print("x" * 3_000_000)
for _ in range(100):
    os.write(1, b"y" * 65536)
