# expect: status=killed alive=no
# A report of tensors before its cell has ended does not fit the moment.
import os
import struct
import time

body = b"\x82\xa2is\xa9Inspected\xaainspection\x81\xa7tensors\x90"
os.write(3, struct.pack(">I", len(body)) + body)
time.sleep(3)
