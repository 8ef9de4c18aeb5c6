# expect: status=killed alive=no error=OSError
# Files without a name take as much room as others.
import os
import time

kept = []
for number in range(20):
    file = open("part", "wb")
    os.unlink("part")
    file.write(b"x" * (32 << 20))
    file.flush()
    kept.append(file)
time.sleep(2)
