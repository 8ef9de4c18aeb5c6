# Threads and what they wait with.
import queue, threading
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(8) as pool:
    assert sum(pool.map(lambda i: int(torch.full((50, 50), float(i)).mean()), range(20))) == 190
q, event, barrier = queue.Queue(), threading.Event(), threading.Barrier(2)
thread = threading.Thread(target=lambda: (barrier.wait(), q.put(1), event.wait(0.001)))
thread.start(), barrier.wait()
assert q.get(timeout=20) == 1
thread.join(), threading.get_native_id()
timer = threading.Timer(0.001, event.set)
timer.start()
assert event.wait(20)
"done"
