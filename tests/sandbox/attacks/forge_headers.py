# expect: status=killed alive=no
# Headers that promise four billion members, and extension types, reserve nothing.
import socket
import time

control = socket.socket(fileno=3)
for start in (
    b"\xdf\xff\xff\xff\xff",
    b"\xdd\xff\xff\xff\xff",
    b"\xc9\x7f\xff\xff\xff\x01",
    b"\xd4\x01\x00",
):
    body = b"\x82\xa2is\xa9Inspected\xaainspection" + start
    try:
        control.sendall(len(body).to_bytes(4, "big") + body)
    except OSError:
        break
time.sleep(3)
