# expect: status=oom|error|killed|ok output=held
# Huge pages pinned in pipes, a byte each, and unmapped, are memory that nobody counts any more.
import ctypes
import mmap
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
]
HUGE = 2 << 20
pinned = 0
for _ in range(40):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    start = libc.mmap(None, 17 * HUGE, 3, 0x22, -1, 0)
    if start in (None, ctypes.c_void_p(-1).value):
        break
    first = (start + HUGE - 1) & ~(HUGE - 1)
    libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(16 * HUGE), 14)
    for number in range(16):
        page = first + number * HUGE
        ctypes.memset(page, 1, 1)
        vector = (ctypes.c_ulong * 2)(page, 1)
        if libc.vmsplice(writing, ctypes.byref(vector), ctypes.c_ulong(1), 2) == 1:
            pinned += HUGE
    libc.munmap(ctypes.c_void_p(start), ctypes.c_size_t(17 * HUGE))
print("held" if pinned < (1 << 30) else "BREACH")
