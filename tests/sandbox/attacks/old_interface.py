# expect: status=killed alive=no signal=31
# System calls by the 32-bit gate, which have other numbers, end the process.
import ctypes
import mmap
import platform
import os
import signal

if platform.machine() != "x86_64":
    os.kill(os.getpid(), signal.SIGSYS)
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes.fromhex("b814000000cd80c3"))
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("BREACH")
