# expect: status=killed alive=no
# Shutting the control channel ends the session at once.
import socket
import time

socket.socket(fileno=3).shutdown(socket.SHUT_RDWR)
time.sleep(100)
