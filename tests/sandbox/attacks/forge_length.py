# expect: status=killed alive=no
# A frame of four gigabytes is refused by its length alone.
import os
import time

os.write(3, b"\xff\xff\xff\xff" + b"x" * 1000)
time.sleep(3)
