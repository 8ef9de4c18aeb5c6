# expect: status=ok output=held
# Nothing is written beside the contents of files outside either.
import os

for path in (canary_file, canary_folder):
    try:
        os.setxattr(path, "user.x", b"x")
        print("BREACH", path)
    except OSError:
        pass
print("held")
