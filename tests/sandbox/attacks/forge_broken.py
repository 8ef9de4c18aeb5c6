# expect: status=killed alive=no
# So is the news, in the middle of a cell, that a wall does not hold.
# open in A, C: process.py takes ChildBroken at any time and ignores it, as often as it comes
import os
import struct
import time

body = b"\x82\xa2is\xabChildBroken\xa3why\xa1x"
os.write(3, (struct.pack(">I", len(body)) + body) * 100)
time.sleep(1)
