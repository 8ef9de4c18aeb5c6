# expect: status=ok output=held
# Tables that the whole machine shares cannot be filled.
import ctypes

libc = ctypes.CDLL(None)
context = ctypes.c_ulong()
libc.syscall(206, 1000, ctypes.byref(context)) == 0 and print("BREACH aio")
print("held")
