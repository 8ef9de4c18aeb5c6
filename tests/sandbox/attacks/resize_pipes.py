# expect: status=ok output=held
# Output stays whole through the smallest and the largest pipe.
import fcntl
import sys

for size in (4096, 1 << 20):
    for descriptor in (1, 2):
        try:
            fcntl.fcntl(descriptor, 1031, size)
        except OSError:
            pass
    sys.stderr.write("x" * 100_000 + "\n")
    sys.stderr.flush()
print("held")
