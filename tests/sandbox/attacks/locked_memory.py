# expect: status=ok|oom output=held
# No more than a little memory can be locked, and no huge pages taken from the common store.
import ctypes
import mmap

libc = ctypes.CDLL(None)
libc.mlockall(3) == 0 and print("BREACH mlockall")
block = mmap.mmap(-1, 64 << 20)
address = ctypes.addressof(ctypes.c_char.from_buffer(block))
libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(64 << 20)) == 0 and print("BREACH mlock")
try:
    mmap.mmap(-1, 64 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)[0]
    print("BREACH hugetlb")
except (OSError, ValueError):
    pass
print("held")
