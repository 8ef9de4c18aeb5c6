# expect: status=timeout|killed
# Processes that breed end with the run, all of them.
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
