# expect: status=ok|error again=any
# Dead children that nobody collects go with their session.
import os

for _ in range(500):
    try:
        if os.fork() == 0:
            os._exit(0)
    except OSError:
        break
