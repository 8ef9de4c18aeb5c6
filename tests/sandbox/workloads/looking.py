# What programs ask about themselves and the machine; debugging.
import ctypes, getpass, inspect, locale, logging, os, platform, random, resource, secrets, sys, traceback, uuid

resource.getrusage(resource.RUSAGE_SELF), resource.getrlimit(resource.RLIMIT_AS)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
(
    os.uname(),
    os.times(),
    os.cpu_count(),
    os.sched_getaffinity(0),
    os.getgroups(),
    os.getpgrp(),
    os.getsid(0),
)
(
    os.sched_setaffinity(0, os.sched_getaffinity(0)),
    os.sched_yield(),
    os.getpriority(os.PRIO_PROCESS, 0),
)
os.getcwd(), os.umask(0o077), os.sysconf("SC_PHYS_PAGES"), os.urandom(3), platform.platform()
(
    secrets.token_hex(),
    uuid.uuid4(),
    random.SystemRandom().random(),
    locale.getlocale(),
    getpass.getuser(),
)
inspect.getsource(inspect.getsource), inspect.stack(), logging.getLogger().warning("x")
ctypes.CDLL(None).getpid()
lines = []
sys.settrace(lambda *event: lines.append(event[1]))
inspect.cleandoc("x")
sys.settrace(None)
assert lines
try:
    1 / 0
except ZeroDivisionError:
    traceback.format_exc()
"done"
