# expect: status=ok|output_limit|timeout again=any
# One byte at a time, to both streams in turn, is slow for the writer alone.
import os

for _ in range(100_000):
    os.write(1, b"a")
    os.write(2, b"b")
