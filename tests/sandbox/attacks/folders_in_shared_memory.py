# expect: status=ok output=held
# Shared memory takes plain files alone: folders, links and pipes there would be neither counted nor wiped.
import os

for attempt in (
    lambda: os.mkdir("/dev/shm/tt-attack"),
    lambda: os.symlink(canary_file, "/dev/shm/tt-attack"),
    lambda: os.mkfifo("/dev/shm/tt-attack"),
):
    try:
        attempt()
        print("BREACH")
    except OSError:
        pass
try:
    os.listdir("/dev/shm")
    print("BREACH names")
except OSError:
    pass
print("held")
