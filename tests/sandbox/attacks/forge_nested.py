# expect: status=killed alive=no
# A frame nested a million deep breaks no decoder.
import socket
import time

body = b"\x86\xa2is\xa8CellDone\xa5error" + b"\x81\xa1a" * 1_000_000 + b"\xc0"
socket.socket(fileno=3).sendall(len(body).to_bytes(4, "big") + body)
time.sleep(3)
