# expect: status=ok|killed alive=no
# The stack leads to the sender itself: what it sends twice is believed once.
import sys

frame = sys._getframe()
while frame is not None:
    send = frame.f_locals.get("send")
    if send is not None:
        break
    frame = frame.f_back
body = b"\x86\xa2is\xa8CellDone\xa6status\xa2ok\xa5value\xa6FORGED\xa5error\xc0\xa9exit_code\x00\xa8replaced\x90"
(send or __import__("os").write.__get__(3))(len(body).to_bytes(4, "big") + body)
1 / 0
