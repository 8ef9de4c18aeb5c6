# expect: status=ok output=held
# One end of a pair of datagram sockets can be turned to any other socket of the same kind.
import socket


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]


for attempt in (
    lambda: pair().sendto(b"x", canary_datagrams),
    lambda: pair().connect(canary_datagrams),
):
    try:
        attempt()
        print("BREACH")
    except OSError:
        pass
print("held")
