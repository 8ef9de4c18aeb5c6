# expect: status=ok output=held
# The session's folder cannot be moved, or replaced by a link to another.
import os

here = os.getcwd()
for attempt in (
    lambda: os.rename(here, here + "x"),
    lambda: os.rmdir(here),
    lambda: os.symlink(canary_folder, here + "/../swap"),
    lambda: os.rename(here, neighbour_folder),
    lambda: os.link(canary_file, "copy"),
):
    try:
        attempt()
        print("BREACH")
    except OSError:
        pass
print("held")
