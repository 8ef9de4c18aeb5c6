# expect: status=timeout|killed alive=no
# A process that stops itself has not stopped the clock.
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
