# Pool, Process, Queue, Lock, Value, shared memory, concurrent.futures; os.fork.
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory

context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
queue, value = context.Queue(), context.Value("i", 3)
process = context.Process(target=queue.put, args=(5,))
process.start()
assert queue.get(timeout=20) == 5
process.join()
with ProcessPoolExecutor(1, mp_context=context) as executor:
    assert executor.submit(pow, 2, 3).result() == 8
block = shared_memory.SharedMemory(create=True, size=64)
block.close(), block.unlink()
pid = os.fork()
pid or os._exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
"done"
