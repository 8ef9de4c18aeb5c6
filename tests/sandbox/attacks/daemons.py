# expect: status=ok output=held
# Children that outlive the cell and ignore signals die with the session.
import os
import signal
import time

for _ in range(5):
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if os.fork():
            os._exit(0)
        time.sleep(600)
print("held")
