# expect: status=ok
# A thread that puts links and FIFOs in the place of files, while they are fetched, leads nobody astray.
import os
import threading

for number in range(10):
    open(f"f{number}.txt", "w").write("mine")


def swap():
    while True:
        for number in range(10):
            for make in (
                lambda p: os.symlink("/etc/passwd", p),
                os.mkfifo,
                lambda p: open(p, "w").write("mine"),
            ):
                try:
                    make("new")
                    os.replace("new", f"f{number}.txt")
                except OSError:
                    pass


threading.Thread(target=swap, daemon=True).start()
