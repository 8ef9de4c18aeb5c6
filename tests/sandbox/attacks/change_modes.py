# expect: status=ok output=held
# Modes and times of files outside cannot be changed, which Landlock does not govern.
import os

for path, mode in (
    (canary_file, 0),
    (supervisor_socket, 0o777),
    (neighbour_folder, 0),
    (canary_folder, 0o700),
):
    try:
        before = os.stat(path)
        os.chmod(path, mode)
        os.utime(path, (1, 1))
    except OSError:
        continue
    after = os.stat(path)
    if (before.st_mode, before.st_mtime) != (after.st_mode, after.st_mtime):
        print("BREACH", path)
print("held")
