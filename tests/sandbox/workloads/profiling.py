# The profiler, and timing.
with torch.profiler.profile() as profile:
    torch.rand(50, 50) @ torch.rand(50, 50)
assert "mm" in profile.key_averages().table()
import cProfile, time, timeit, tracemalloc

cProfile.Profile().runcall(sum, range(100))
timeit.timeit("1 + 1", number=10)
time.sleep(0.001), time.monotonic(), time.process_time(), time.thread_time(), time.strftime("%Z")
tracemalloc.start(), tracemalloc.take_snapshot(), tracemalloc.stop()
"done"
