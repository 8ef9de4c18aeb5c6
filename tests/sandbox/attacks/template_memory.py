# expect: status=ok output=held
# Neither the template nor any neighbour can be read or traced through /proc.
import os

for pid in {os.getppid(), *(int(p) for p in range(1, 32768))} - {os.getpid()}:
    try:
        if os.getpgid(pid) == os.getpgrp():
            continue  # this session's own snapshots
    except ProcessLookupError:
        continue
    for name in ("mem", "maps", "environ", "fd", "cwd", "root", "syscall"):
        path = f"/proc/{pid}/{name}"
        try:
            os.listdir(path) if name == "fd" else (
                os.readlink(path) if name in ("cwd", "root") else open(path).read()
            )
            print("BREACH", path)
        except OSError:
            pass
print("held")
