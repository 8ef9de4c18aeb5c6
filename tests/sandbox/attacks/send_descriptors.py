# expect: status=killed|timeout alive=no
# Descriptors passed over the control channel do not pile up in the supervisor.
import array
import os
import socket

control = socket.socket(fileno=3)
control.sendall((15 << 20).to_bytes(4, "big"))
many = array.array("i", [os.open("/dev/null", os.O_RDONLY) for _ in range(200)])
for _ in range(300):
    try:
        control.sendmsg([b"x" * 100], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, many)])
    except OSError:
        pass
os._exit(0)
