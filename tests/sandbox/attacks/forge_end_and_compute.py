# expect: status=ok|killed quiet=yes again=any
# Who reports the end of a cell that goes on has not bought time without limits.
import os
import struct

done = b"\x86\xa2is\xa8CellDone\xa6status\xa2ok\xa5value\xc0\xa5error\xc0\xa9exit_code\x00\xa8replaced\x90"
seen = b"\x82\xa2is\xa9Inspected\xaainspection\x81\xa7tensors\x90"
os.write(3, b"".join(struct.pack(">I", len(body)) + body for body in (done, seen)))
while True:
    pass
