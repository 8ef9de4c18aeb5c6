# expect: status=ok output=held
# Signals that descriptors send to their owner do not reach an owner outside.
import fcntl
import os
import struct
import socket

for pid in (canary_pid, supervisor_pid, template_pid, neighbour_pid, -neighbour_pid):
    one, other = socket.socketpair()
    for call in (
        lambda: fcntl.fcntl(one, fcntl.F_SETOWN, pid),
        lambda: fcntl.fcntl(one, 10, 9),
        lambda: fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK),
        lambda: other.send(b"x"),
        lambda: fcntl.ioctl(one, 0x8901, struct.pack("i", pid)),
        lambda: other.send(b"x"),
        lambda: fcntl.fcntl(one, 15, struct.pack("ii", 1, abs(pid))),
        lambda: other.send(b"x"),
    ):
        try:
            call()
        except OSError:
            pass
print("held")
