# expect: status=ok|killed|error again=any
# Exceptions out of a timer, at any moment, break no frame that anybody believes.
import signal


def storm(*_):
    raise MemoryError("now")


signal.signal(signal.SIGALRM, storm)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
