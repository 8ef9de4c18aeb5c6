# expect: status=ok|killed job=evaluation
# A forged report says what its learner could have computed; the next learner is graded as ever.
import os
import struct
import time

fields = (
    b"\xa6status\xa2ok\xa6values\x81\xa6answer\x82\xa2is\xa5plain\xa5value\x2a\xa5state\x80\xa5error\xc0"
    b"\xabfailed_cell\xc0\xa6exited\xc2\xa6stdout\xa6FORGED\xa7seconds\x01"
)
body = b"\x82\xa2is\xaeEvaluationDone\xa7exports\x88" + fields
for _ in range(3):
    os.write(3, struct.pack(">I", len(body)) + body)
time.sleep(1)
