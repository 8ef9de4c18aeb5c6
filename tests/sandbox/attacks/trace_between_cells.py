# expect: status=ok quiet=yes again=any
# Nor does a profile function that is called when the session waits for its next cell.
# open in A, C: calm() takes one thread in one process for idle: stop the tree after each run
import sys


def watch(frame, event, argument):
    if event == "c_call" and getattr(argument, "__name__", "") == "recv":
        while True:
            pass


sys.setprofile(watch)
