# expect: status=timeout|killed|error|oom
# Processes and threads that breed together end with the run.
import os
import threading


def breed():
    while True:
        try:
            os.fork()
            threading.Thread(target=breed).start()
        except (OSError, RuntimeError):
            pass


breed()
