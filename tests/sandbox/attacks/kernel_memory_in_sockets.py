# expect: status=oom|error|killed|ok again=any
# What lies in socket buffers is memory too.
import os
import socket

total = 0
kept = []
reading, writing = os.pipe()
for _ in range(6):
    if os.fork() == 0:
        held = 0
        try:
            while held < (300 << 20):
                pair = socket.socketpair()
                kept.append(pair)
                for end in pair:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 23)
                    end.setblocking(False)
                    try:
                        while True:
                            held += end.send(b"x" * (1 << 17))
                    except BlockingIOError:
                        pass
        except OSError:
            pass
        os.write(writing, held.to_bytes(8, "big"))
        import time

        time.sleep(1)
        os._exit(0)
for _ in range(6):
    total += int.from_bytes(os.read(reading, 8), "big")
print(total)
if total > (1200 << 20):
    print("BREACH")
