# expect: status=ok alive=no
# Memory taken while drawing, by several processes together, is limited as in a cell.
import mmap
import os
import time

import matplotlib.figure
import matplotlib.pyplot as plt


class Greedy(matplotlib.figure.Figure):
    def draw(self, renderer):
        for _ in range(4):
            if os.fork() == 0:
                break
        held = mmap.mmap(-1, 600 << 20)
        for page in range(0, len(held), 4096):
            held[page] = 1
        time.sleep(30)


plt.figure(FigureClass=Greedy)
None
