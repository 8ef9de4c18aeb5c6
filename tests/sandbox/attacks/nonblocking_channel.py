# expect: status=ok
# Flags on the shared ends of the channels reach no further than this process.
import fcntl
import os
import signal

fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC)
fcntl.fcntl(3, fcntl.F_SETOWN, supervisor_pid)
# %%
import time

time.sleep(0.5)
