# expect: status=ok output=held
# Threads are counted like processes.
import threading
import time

stop = threading.Event()
started = []
try:
    for _ in range(2000):
        thread = threading.Thread(target=stop.wait, daemon=True)
        thread.start()
        started.append(thread)
    print("BREACH", len(started))
except RuntimeError:
    pass
stop.set()
for thread in started:
    thread.join()
print("held")
