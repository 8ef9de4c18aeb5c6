# expect: status=ok|killed|timeout again=any
# Millions of short texts in one frame are not unpacked into half a gigabyte of the supervisor.
import socket
import time

count = 7 << 20
body = b"\x86\xa2is\xa8CellDone\xa6status\xa2ok\xa5value\xc0\xa5error\xc0\xa9exit_code\x00"
body += b"\xa8replaced\xdd" + count.to_bytes(4, "big") + b"\xa1a" * count
socket.socket(fileno=3).sendall(len(body).to_bytes(4, "big") + body)
time.sleep(2)
