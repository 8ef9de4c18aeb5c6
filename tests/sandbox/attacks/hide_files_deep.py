# expect: status=killed alive=no error=OSError
# Files below a path too long to name are counted too.
import os
import time

for _ in range(20):
    os.mkdir("d" * 250)
    os.chdir("d" * 250)
for number in range(20):
    with open(f"part{number}", "wb") as file:
        file.write(b"x" * (16 << 20))
time.sleep(1.5)
