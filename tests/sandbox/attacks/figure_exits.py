# expect: status=ok alive=no
# A process that ends while it draws has answered before.
import os

import matplotlib.figure
import matplotlib.pyplot as plt

matplotlib.figure.Figure.draw = lambda *a: os._exit(3)
plt.figure()
None
