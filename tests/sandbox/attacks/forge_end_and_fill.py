# expect: status=ok|killed quiet=yes again=any
# Nor room on disk without limits.
import os
import struct
import time

done = b"\x86\xa2is\xa8CellDone\xa6status\xa2ok\xa5value\xc0\xa5error\xc0\xa9exit_code\x00\xa8replaced\x90"
seen = b"\x82\xa2is\xa9Inspected\xaainspection\x81\xa7tensors\x90"
os.write(3, b"".join(struct.pack(">I", len(body)) + body for body in (done, seen)))
for number in range(30):
    with open(f"part{number}", "wb") as file:
        file.write(b"x" * (16 << 20))
    time.sleep(0.02)
time.sleep(100)
