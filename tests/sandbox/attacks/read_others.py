# expect: status=ok output=held
# Nothing that /proc tells of processes outside can be read: no memory, environment, path or command.
import os

for pid in (canary_pid, supervisor_pid, template_pid, neighbour_pid):
    for name in (
        "mem",
        "maps",
        "environ",
        "cmdline",
        "stack",
        "syscall",
        "status",
        "io",
        "smaps",
        "auxv",
        "pagemap",
    ):
        try:
            print("BREACH", pid, name, open(f"/proc/{pid}/{name}", "rb").read(100))
        except OSError:
            pass
    for name in ("cwd", "root", "exe", "fd/0", "fd/3"):
        for path in (f"/proc/{pid}/{name}", f"/proc/{pid}/task/{pid}/{name}"):
            try:
                print(
                    "BREACH",
                    os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(100),
                )
            except OSError:
                pass
for path in (
    canary_file,
    f"/proc/self/root{canary_file}",
    f"{neighbour_folder}/secret",
    canary_folder,
):
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_APPEND):
        try:
            print("BREACH", os.read(os.open(path, flags), 100))
        except OSError:
            pass
print("held")
