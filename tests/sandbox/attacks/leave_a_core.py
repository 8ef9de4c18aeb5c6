# expect: status=killed signal=3 alive=no
# A crash leaves no picture of memory.
import os
import signal

os.kill(os.getpid(), signal.SIGQUIT)
import time

time.sleep(3)
