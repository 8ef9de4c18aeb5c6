# expect: status=ok output=held
# Files of the host, of other users and of other sessions stay unreadable, also through symlinks.
import os

targets = [
    "/etc/passwd",
    "/etc/shadow",
    "/root",
    "/home",
    "/tmp",
    "/",
    "/proc/1/environ",
    "/var/log",
]
os.symlink("/etc/passwd", "link")
for path in [*targets, "link", "..", "../../"]:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path).read()
        print("BREACH", path)
    except OSError:
        pass
print("held")
