# expect: status=ok job=evaluation output=held
# Nothing that a grader compares with lies in the process of whom it grades.
import gc
import os
import re
import sys

wanted = re.compile(re.escape(mark[::-1].encode()) + rb"[0-9a-f]{32}")
texts = [t for t in gc.get_objects() if type(t) in (dict, list, tuple)]
for text in texts:
    for item in text.values() if type(text) is dict else text:
        if type(item) in (str, bytes):
            match = wanted.search(item if type(item) is bytes else item.encode("utf-8", "replace"))
            match and print("BREACH", match)
frame = sys._getframe()
while frame is not None:
    for thing in list(frame.f_locals.values()):
        type(thing).__module__.startswith("bot") and print("BREACH", thing)
    frame = frame.f_back
answer = 1
print("held")
