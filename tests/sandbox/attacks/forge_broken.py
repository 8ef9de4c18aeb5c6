# expect: status=killed alive=no
# So is the news, in the middle of a cell, that a wall does not hold.
import os
import struct
import time

body = b"\x82\xa2is\xabChildBroken\xa3why\xa1x"
os.write(3, (struct.pack(">I", len(body)) + body) * 100)
time.sleep(1)
