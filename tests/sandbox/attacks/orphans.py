# expect: status=ok output=held
# Orphans by the hundred are collected.
import os

for _ in range(20):
    pid = os.fork()
    if pid == 0:
        for _ in range(5):
            try:
                if os.fork() == 0:
                    os._exit(0)
            except OSError:
                pass
        os._exit(0)
    os.waitpid(pid, 0)
print("held")
