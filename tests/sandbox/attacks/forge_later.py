# expect: status=ok|killed again=lost
# A thread that reports the end of the cell after it has ended costs the session, between two runs.
import os
import struct
import threading
import time

body = b"\x86\xa2is\xa8CellDone\xa6status\xa2ok\xa5value\xa6FORGED\xa5error\xc0\xa9exit_code\x00\xa8replaced\x90"


def later():
    for _ in range(200):
        time.sleep(0.005)
        os.write(3, struct.pack(">I", len(body)) + body)


threading.Thread(target=later, daemon=True).start()
# %%
import time

time.sleep(1)
