# expect: status=ok job=evaluation
# Answers that hold themselves, fight back or never end are graded as nothing, at once.
class Liar(int):
    __class__ = property(lambda self: 1 / 0)
    __eq__ = __hash__ = __repr__ = lambda *_: 1 / 0


answer = [
    Liar(),
    float("nan"),
    1 << 90,
    "\ud800",
    torch.empty(1).expand(1 << 40),
    torch.ones(2, device="meta"),
]
answer.append(answer)
for number in range(10_000):
    globals()[f"v{number}"] = number
globals()["\ud800"] = globals()["x" * 100_000] = 1


def twice(x):
    return [answer] * 900
