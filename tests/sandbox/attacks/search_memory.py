# expect: status=ok output=held
# Nothing of anybody else is in the memory that was inherited, and no lesson.
import gc
import os
import re
import sys

wanted = re.compile(re.escape(mark[::-1].encode()) + rb"[0-9a-f]{32}")
import ctypes

ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
memory = os.open("/proc/self/mem", os.O_RDONLY)
found = set()
for line in open("/proc/self/maps"):
    span, rights = line.split()[:2]
    start, end = (int(n, 16) for n in span.split("-"))
    if "rw" not in rights or end - start > (256 << 20) or "[v" in line:
        continue
    try:
        found |= set(wanted.findall(os.pread(memory, end - start, start)))
    except OSError:
        pass
print(found or "held")
for thing in gc.get_objects():
    if type(thing).__module__.split(".")[0] in ("bot", "lessons"):
        print("BREACH", type(thing))
[print("BREACH", name) for name in list(sys.modules) if name.split(".")[0] in ("bot", "lessons")]
