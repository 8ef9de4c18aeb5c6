# expect: status=ok output=held
# Nothing outside the session's own folder can be created, changed, linked or made a device.
import os
import stat
import sys

here = os.getcwd()
attempts = {
    "tmp": lambda: open("/tmp/tensor-tutor-breach", "w"),
    "parent": lambda: open("../breach", "w"),
    "neighbour": lambda: os.listdir(".."),
    "python": lambda: open(sys.modules["torch"].__file__, "a"),
    "hardlink": lambda: os.link(sys.modules["torch"].__file__, "copy"),
    "device": lambda: os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(8, 0)),
    "chown": lambda: os.chown(here, 0, 0),
    "proc": lambda: open("/proc/sys/kernel/core_pattern", "w"),
    "oom": lambda: open("/proc/self/oom_score_adj", "w").write("-1000"),
}
for name, attempt in attempts.items():
    try:
        attempt()
        print("BREACH", name)
    except OSError:
        pass
open("mine.txt", "w").write("x")
print("held")
