# expect: status=ok output=held
# The supervisor's own socket is closed to its children.
import socket

try:
    socket.socket(socket.AF_UNIX).connect(supervisor_socket)
    print("BREACH")
except OSError:
    pass
print("held")
