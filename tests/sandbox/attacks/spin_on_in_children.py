# expect: status=ok quiet=yes
# So do children, and their children.
import os

for _ in range(3):
    if os.fork() == 0:
        os.fork()
        while True:
            pass
