# expect: status=ok quiet=yes again=any
# A child that a timer wakes again and again does not compute on while no cell runs.
import ctypes
import os

libc = ctypes.CDLL(None)
if os.fork() == 0:
    timer = ctypes.c_void_p()
    event = (ctypes.c_int * 16)(0, 0, 18, 0)
    libc.timer_create(1, event, ctypes.byref(timer))
    libc.timer_settime(timer, 0, (ctypes.c_long * 4)(0, 10_000_000, 0, 10_000_000), None)
    while True:
        pass
