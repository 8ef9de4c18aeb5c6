# expect: status=ok output=held
# No switch of the kernel can be turned through /proc or /sys, not even one's own.
import os

own = (
    "oom_score_adj",
    "coredump_filter",
    "comm",
    "timerslack_ns",
    "clear_refs",
    "uid_map",
    "gid_map",
    "setgroups",
    "attr/current",
    "sched",
    "autogroup",
    "loginuid",
    "mem",
)
machine = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sysrq-trigger",
    "/proc/sys/vm/drop_caches",
    "/proc/sys/kernel/pid_max",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/power/state",
)
for path in (
    *(f"/proc/{pid}/{name}" for pid in ("self", "thread-self", canary_pid) for name in own),
    *machine,
):
    try:
        os.close(os.open(path, os.O_WRONLY))
        print("BREACH", path)
    except OSError:
        pass
print("held")
