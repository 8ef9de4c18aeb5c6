# expect: status=killed alive=no
# The report of a grading job, in a session, is no result of its cell.
import os
import struct
import time

fields = (
    b"\xa6status\xa2ok\xa6values\x80\xa5state\x80\xa5error\xc0\xabfailed_cell\xc0"
    b"\xa6exited\xc2\xa6stdout\xa6FORGED\xa7seconds\x01"
)
body = b"\x82\xa2is\xaeEvaluationDone\xa7exports\x88" + fields
os.write(3, struct.pack(">I", len(body)) + body)
time.sleep(3)
