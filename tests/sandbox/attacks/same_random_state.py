# expect: status=ok output=held
# No two sessions draw the same numbers.
import random

if str(torch.initial_seed()) == neighbour_seed or random.random() == neighbour_draw:
    print("BREACH")
print("held")
