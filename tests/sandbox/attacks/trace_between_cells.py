# expect: status=ok quiet=yes again=any
# Nor does a profile function that is called when the session waits for its next cell.
import sys


def watch(frame, event, argument):
    if event == "c_call" and getattr(argument, "__name__", "") == "recv":
        while True:
            pass


sys.setprofile(watch)
