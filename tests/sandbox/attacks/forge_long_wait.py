# expect: status=timeout|killed alive=no
# A frame that never ends is held up to its cap, and only as long as the run may take.
import socket

control = socket.socket(fileno=3)
control.sendall((16 << 20).to_bytes(4, "big"))
for _ in range(15):
    control.sendall(b"\xc0" * (1 << 20))
import time

time.sleep(100)
