# expect: status=ok|killed alive=no
# Frames for figures that are not there, sent by hand after the result, end the session and no other.
import os
import struct
import threading
import time

name, size, rgba = b"\xa2is\xa5Drawn", b"\xa5width", b"\xa4rgba"
lies = [
    b"\x84" + name + size + b"\xce\xff\xff\xff\xff\xa6height\x01" + rgba + b"\xc4\x04....",
    b"\x84" + name + size + b"\xff\xa6height\xff" + rgba + b"\xc4\x04....",
    b"\x84" + name + size + b"\x02\xa6height\x02" + rgba + b"\xc4\x04....",
]


def forge():
    time.sleep(0.05)
    for body in lies:
        try:
            os.write(3, struct.pack(">I", len(body)) + body)
        except OSError:
            pass


import matplotlib.figure
import matplotlib.pyplot as plt

plt.figure()
matplotlib.figure.Figure.draw = lambda *a, **k: time.sleep(2)
threading.Thread(target=forge, daemon=True).start()
