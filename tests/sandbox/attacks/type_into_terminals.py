# expect: status=ok output=held
# There is no terminal to type into.
import fcntl

for path in ("/dev/tty", "/dev/console", "/dev/ptmx", "/dev/pts/0", "/dev/tty1"):
    try:
        open(path, "rb+", buffering=0)
        print("BREACH", path)
    except OSError:
        pass
for descriptor in (0, 1, 2):
    try:
        fcntl.ioctl(descriptor, 0x5412, b"x")
        print("BREACH typed")
    except OSError:
        pass
print("held")
