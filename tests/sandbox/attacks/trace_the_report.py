# expect: status=ok|killed again=any
# A trace function that hangs the report of tensors hangs nobody but its own session.
import sys
import time


def trace(frame, event, argument):
    if "inspector" in frame.f_code.co_filename:
        time.sleep(60)
    return trace


sys.settrace(trace)
