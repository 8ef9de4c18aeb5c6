# asyncio: timers, threads, locks, subprocesses, a pipe.
import asyncio, os, sys


async def everything():
    await asyncio.gather(asyncio.sleep(0.001), asyncio.to_thread(sum, [1]))
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(4)", stdout=-1)
    out, _ = await asyncio.wait_for(child.communicate(), 20)
    read, write = os.pipe()
    seen = asyncio.Event()
    asyncio.get_running_loop().add_reader(read, seen.set)
    os.write(write, b"x"), os.set_blocking(read, False)
    await seen.wait()
    return out


assert await everything() == b"4\n"
import threading

found = []
thread = threading.Thread(target=lambda: found.append(asyncio.run(asyncio.sleep(0, 5))))
thread.start(), thread.join()
assert found == [5]
import select, socket

left, right = socket.socketpair()
left.setblocking(False), left.send(b"x"), right.recv(1), select.poll().register(left)
select.epoll().register(left, select.EPOLLIN), left.close(), right.close()
"done"
