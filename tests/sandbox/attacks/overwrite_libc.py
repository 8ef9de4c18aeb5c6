# expect: status=ok|killed again=any
# The C library's code, shared page by page, is overwritten for this process alone.
import ctypes

libc = ctypes.CDLL(None)
for name in ("write", "read", "getpid", "malloc"):
    address = ctypes.cast(getattr(libc, name), ctypes.c_void_p).value
    page = address & ~4095
    if libc.mprotect(ctypes.c_void_p(page), 8192, 7) == 0:
        ctypes.memset(address, 0xCC, 16)
