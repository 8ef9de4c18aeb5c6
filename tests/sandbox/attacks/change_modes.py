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
        os.chmod(path, mode)
        print("BREACH", path)
    except OSError:
        pass
print("held")
