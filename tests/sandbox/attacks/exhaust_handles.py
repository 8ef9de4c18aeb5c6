# expect: status=ok output=held
# Event descriptors of every kind end with the limit of open files.
import ctypes
import os
import select

libc = ctypes.CDLL(None)
opened = 0
for make in (lambda: libc.eventfd(0, 0), lambda: libc.timerfd_create(1, 0), lambda: select.epoll()):
    kept = []
    try:
        for _ in range(1000):
            made = make()
            if isinstance(made, int) and made < 0:
                break
            kept.append(made)
    except OSError:
        pass
    len(kept) > 300 and print("BREACH", len(kept))
    for made in kept:
        os.close(made) if isinstance(made, int) else made.close()
print("held")
