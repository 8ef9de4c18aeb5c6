# expect: status=ok output=held
# No file can be made to look larger than its limit, by any call.
import os

with open("sparse", "wb") as file:
    for attempt in (
        lambda: os.ftruncate(file.fileno(), 1 << 40),
        lambda: os.posix_fallocate(file.fileno(), 0, 1 << 33),
        lambda: os.pwrite(file.fileno(), b"x", 1 << 40),
    ):
        try:
            attempt()
            print("BREACH")
        except OSError:
            pass
print("held")
