# expect: status=ok output=held
# Memory that was never written shows nobody else's values.
import numpy as np

for size in (64, 4096, 1 << 20, 64 << 20):
    for _ in range(3):
        held = (
            torch.empty(size, dtype=torch.uint8).numpy().tobytes()
            + np.empty(size, np.uint8).tobytes()
        )
        at = held.find(mark[::-1].encode())
        if at >= 0:
            print("BREACH", held[at : at + 50])
print("held")
