# expect: status=ok output=held
# One end of a pair of datagram sockets can be turned to any other socket of the same kind.
# open in A, C: socketpair of datagrams is not refused, and may be connected anew: allow stream and seqpacket pairs alone
import socket

one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
for attempt in (
    lambda: one.sendto(b"x", canary_datagrams),
    lambda: one.connect(canary_datagrams),
):
    try:
        attempt()
        print("BREACH")
    except OSError:
        pass
print("held")
