# expect: status=killed|timeout alive=no value=none
# Half a frame swallows the true one that follows; nothing of the mixture is believed.
import os
import struct

os.write(3, struct.pack(">I", 60) + b"\x86\xa2is\xa8CellDone\xa6status\xa2ok")
"the true value"
