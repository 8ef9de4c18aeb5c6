# expect: status=ok|error|timeout
# Ten thousand figures: four come out, nobody draws the others.
import warnings

import matplotlib.pyplot as plt

warnings.simplefilter("ignore")
for _ in range(10_000):
    plt.figure()
