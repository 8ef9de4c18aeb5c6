# expect: status=ok quiet=yes
# Threads that a cell leaves computing stand still until the next one.
import threading


def spin():
    while True:
        pass


for _ in range(3):
    threading.Thread(target=spin, daemon=True).start()
