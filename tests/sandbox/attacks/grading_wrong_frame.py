# expect: status=killed job=evaluation
# The end of a cell is no end of a grading job.
import os
import struct
import time

body = b"\x86\xa2is\xa8CellDone\xa6status\xa2ok\xa5value\xa6FORGED\xa5error\xc0\xa9exit_code\x00\xa8replaced\x90"
os.write(3, struct.pack(">I", len(body)) + body)
time.sleep(2)
