# expect: status=ok output=held
# No network family, and no local socket of the host.
import socket

families = [
    getattr(socket, n)
    for n in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG")
    if hasattr(socket, n)
]
for family in families:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind)
            print("BREACH", family, kind)
        except OSError:
            pass
for path in ("/run/systemd/journal/socket", "/dev/log", "/var/run/docker.sock", "\0test"):
    try:
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect(path)
        print("BREACH", path)
    except OSError:
        pass
print("held")
