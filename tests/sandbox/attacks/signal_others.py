# expect: status=ok output=held
# Parent, supervisor, init and every other process are out of reach.
import os
import resource
import signal

others = {1, os.getppid(), *range(2, 400)} - {os.getpid()}
for pid in others:
    for attempt in (
        lambda: os.kill(pid, 0),
        lambda: os.sched_setaffinity(pid, {0}),
        lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, 1)),
    ):
        try:
            attempt()
            print("BREACH", pid)
        except (OSError, ValueError):
            pass
try:
    os.killpg(os.getpgid(os.getppid()), 0)
    print("BREACH group")
except OSError:
    pass
print("held")
