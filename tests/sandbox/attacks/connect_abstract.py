# expect: status=ok output=held
# No abstract socket outside can be reached.
import socket

for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
    try:
        socket.socket(socket.AF_UNIX, kind).connect("\0" + canary_abstract)
        print("BREACH")
    except OSError:
        pass
print("held")
