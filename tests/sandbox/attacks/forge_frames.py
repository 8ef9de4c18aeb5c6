# expect: status=ok|killed|error alive=no
# Frames written to every descriptor by hand cost the forger the session, and nobody else anything.
import os
import struct

body = b"\x86\xa2is\xa8CellDone\xa6status\xa2ok\xa5value\xa6FORGED\xa5error\xc0\xa9exit_code\x00\xa8replaced\x90"
for descriptor in range(3, 30):
    for data in (struct.pack(">I", len(body)) + body, b"\xff" * 64, os.urandom(256)):
        try:
            os.write(descriptor, data)
        except OSError:
            pass
