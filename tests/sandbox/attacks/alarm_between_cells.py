# expect: status=ok quiet=yes again=any
# A signal handler does not compute on while no cell runs.
import signal


def spin(*_):
    while True:
        pass


signal.signal(signal.SIGALRM, spin)
signal.setitimer(signal.ITIMER_REAL, 0.5)
