# expect: status=oom|error
# Shared anonymous memory is counted although RLIMIT_DATA does not see it.
import mmap

maps = []
for _ in range(40):
    block = mmap.mmap(-1, 100 << 20)
    for offset in range(0, len(block), 4096):
        block[offset] = 1
    maps.append(block)
print("BREACH")
