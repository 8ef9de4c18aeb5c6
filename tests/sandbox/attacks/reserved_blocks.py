# expect: status=ok output=held
# Blocks beyond a file's end are room on the disk too.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
with open("reserved", "wb") as file:
    libc.fallocate(file.fileno(), 1, ctypes.c_long(0), ctypes.c_long(1 << 30))
    if os.fstat(file.fileno()).st_blocks * 512 > (256 << 20):
        print("BREACH")
    os.ftruncate(file.fileno(), 0)
os.unlink("reserved")
print("held")
