# expect: status=killed alive=no error=OSError
# Files in a folder that nobody may enter are counted too.
import os
import time

os.mkdir("closed")
files = [open(f"closed/part{number}", "wb") for number in range(20)]
try:
    os.chmod("closed", 0)
except PermissionError:
    pass  # refused where uids are shared; what is written counts all the same
for file in files:
    file.write(b"x" * (16 << 20))
    file.flush()
time.sleep(1.5)
