# expect: status=killed alive=no
# A second announcement of readiness is a forgery and ends the session.
import os
import struct
import time

body = b"\x81\xa2is\xaaChildReady"
os.write(3, struct.pack(">I", len(body)) + body)
time.sleep(3)
