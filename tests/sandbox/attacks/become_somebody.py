# expect: status=ok output=held
# No other identity, no capability, no raised limit.
import os
import resource

for name, attempt in {
    "setuid": lambda: os.setuid(0),
    "setgid": lambda: os.setgid(0),
    "setgroups": lambda: os.setgroups([0]),
    "nofile": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100000, 100000)),
    "data": lambda: resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2),
    "nproc": lambda: resource.setrlimit(resource.RLIMIT_NPROC, (100000, 100000)),
    "nice": lambda: os.nice(-5),
    "priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, 0),
    "scheduler": lambda: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)),
}.items():
    try:
        attempt()
        print("BREACH", name)
    except (OSError, ValueError):
        pass
effective = [line for line in open("/proc/self/status") if line.startswith("CapEff")][0].split()[1]
int(effective, 16) and print("BREACH capabilities", effective)
print("held")
