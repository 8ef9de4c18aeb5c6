# expect: status=killed alive=no error=OSError
# Many files, each small enough, may not fill the disk together.
import time

for number in range(40):
    with open(f"part{number}", "wb") as file:
        file.write(b"x" * (16 << 20))
time.sleep(1)
