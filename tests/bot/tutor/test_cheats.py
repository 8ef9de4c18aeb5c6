"""What people try instead of solving a step, on the real sandbox; every one of them has to fail."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.curriculum import shipped_lessons
from bot.tutor.arrays import array_of
from bot.tutor.assess import Assessor, Verdict
from sandbox.client import connect
from sandbox.wire import Busy, Evaluation, Exports, TensorValue
from tests.bot.tutor.graded_lesson import question, step

pytestmark = pytest.mark.jail

HONEST = "X_row = X[None]"
WRONG = {"wrong"}
CUT_SHORT = {"ended_early"}
BROKEN = {"wrong", "ended_early", "infra"}


@pytest.fixture
async def judge(sandbox_socket: Path) -> AsyncIterator[Assessor]:
    async with connect(sandbox_socket) as executor:

        async def evaluate(learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
            done = await asyncio.gather(*map(one, jobs.values()))
            return dict(zip(jobs, done, strict=True))

        async def one(job: Evaluation) -> Exports:
            while True:
                try:
                    return await executor.evaluate(job, 60)
                except Busy as busy:
                    await asyncio.sleep(busy.retry_after)

        yield Assessor(evaluate, b"a secret of this installation")


async def submitted(judge: Assessor, code: str, name: str = "row", attempt: int = 1) -> Verdict:
    return await judge.assess(1, step(name), attempt, [code])


@pytest.mark.parametrize("name", ["row", "product", "flat"])
async def test_honest_solution_passes(judge: Assessor, name: str) -> None:
    verdict = await submitted(judge, step(name).solutions[-1], name)
    assert (verdict.outcome, verdict.points) == ("passed", verdict.max_points)


async def test_an_earlier_try_that_only_fits_the_shown_size_does_not_spoil_a_right_one(
    judge: Assessor,
) -> None:
    task = step("row")
    cells = ["X_row = X.view(1, int(n) if n == 10 else 10)", "1 / (n == 10)", task.solutions[0]]
    assert (await judge.assess(1, task, 1, cells)).outcome == "passed"
    assert (await judge.assess(1, task, 2, cells[:2])).outcome == "wrong"


async def test_honest_gradient_passes(judge: Assessor) -> None:
    task = question()
    assert (await judge.assess(1, task, 1, [task.solutions[0]])).outcome == "passed"


ANSWERS = ("X.unsqueeze(0)", "X.view(1, -1)", "=X[None]", "X_row @ W")
NEEDLES = f"needles = {[answer[::-1] for answer in ANSWERS]}"
"""What would give an answer away, backwards: so that the search does not find itself."""

CHEATS = {
    "comparisons are patched": (
        """
import builtins, math, numpy, operator
for module in (torch, torch.testing, numpy, math, operator, torch.Tensor):
    for name in ("allclose", "equal", "isclose", "array_equal", "assert_close", "eq", "__eq__"):
        if hasattr(module, name):
            try:
                setattr(module, name, lambda *a, **k: True)
            except TypeError:
                pass
X_row = X * 2
""",
        WRONG,
    ),
    "object that equals everything": (
        """
class Yes:
    shape, dtype, device, requires_grad = (1, n), torch.float32, "cpu", False
    __class__ = torch.Tensor
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __bool__(self): return True
X_row = Yes()
""",
        WRONG,
    ),
    "tensor subclass": (
        """
class Liar(torch.Tensor):
    shape = property(lambda self: torch.Size((1, n)))
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True
X_row = X.as_subclass(Liar)
""",
        WRONG,
    ),
    "object that pickles into code": (
        """
class Payload:
    def __reduce__(self): return (exec, ("raise SystemExit",))
X_row = Payload()
""",
        WRONG,
    ),
    "right shape around nothing": ("X_row = torch.empty(1, n)", WRONG),
    "shape that broadcasts": ("X_row = X.expand(3, n)", WRONG),
    "only the shown size": ("X_row = X[None] if n == 10 else X", WRONG),
    "answer in the frames": (
        NEEDLES
        + """
import sys
texts, frame = [], sys._getframe()
while frame:
    for space in (frame.f_locals, frame.f_globals):
        texts += [text for text in map(repr, list(space.values())) if len(text) < 100000]
    frame = frame.f_back
X_row = X[None] if any(needle in text[::-1] for text in texts for needle in needles) else X
""",
        WRONG,
    ),
    "answer in all objects": (
        NEEDLES
        + """
import gc
gc.unfreeze()
seen = set()
for thing in gc.get_objects():
    for part in gc.get_referents(thing):
        if type(part) is str and len(part) < 200:
            seen.add(part)
X_row = X[None] if any(needle in text[::-1] for text in seen for needle in needles) else X
""",
        WRONG,
    ),
    "answer on the disk": (
        f"""
import os
found = []
for top in ({str(shipped_lessons())!r}, os.getcwd(), "/tmp", "/proc/self/fd", "/proc/1/root"):
    for folder, _, files in os.walk(top):
        for name in files:
            try:
                if "X_row" in open(os.path.join(folder, name), errors="ignore").read(100000):
                    found.append(name)
            except OSError:
                pass
try:
    found.append(open({str(shipped_lessons() / "01-tensors" / "lesson.yaml")!r}).read())
except OSError:
    pass
X_row = X[None] if found else X
""",
        WRONG | {"timeout"},  # its own output pipe, opened for reading, never ends
    ),
    "exporter is patched": (
        """
import sys
from sandbox.wire import TensorValue
right = TensorValue(dtype="float32", shape=(1, n), data=bytes(4 * n))
for module in list(sys.modules.values()):
    for name in ("to_value", "_from_tensor", "_export"):
        if hasattr(module, name):
            setattr(module, name, lambda *a, **k: right)
X_row = X
""",
        WRONG,
    ),
    "leaves with success": ("import sys\nX_row = X\nsys.exit(0)", CUT_SHORT),
    "leaves at once": ("import os\nos._exit(0)", CUT_SHORT),
    "kills itself": ("import os\nos.kill(os.getpid(), 9)", CUT_SHORT),
    "leaves the rest to a child": (
        "import os\nX_row = X\nif os.fork():\n    os._exit(0)",
        BROKEN,
    ),
    "junk on every descriptor": (
        """
import os
for descriptor in range(64):
    try:
        os.write(descriptor, b"\\xff" * 4096)
    except OSError:
        pass
X_row = X
""",
        BROKEN,
    ),
    "frame of endless length": (
        """
import os
for descriptor in range(3, 64):
    try:
        os.write(descriptor, b"\\xff\\xff\\xff\\xff")
    except OSError:
        pass
X_row = X
""",
        BROKEN,
    ),
    "forged results on every descriptor": (
        """
import os
from sandbox import childwire, wire
values = {"X_row": wire.TensorValue(dtype="float32", shape=(1, n), data=bytes(4 * n))}
values |= {name: wire.PlainValue(True) for name in ("passed", "verdict", "=X[None]")}
forged = wire.Exports(status="ok", values=values, state={}, error=None, failed_cell=None,
                      exited=False, stdout="passed", seconds=0.0)
for message in (childwire.EvaluationDone(forged), wire.Evaluated(1, forged)):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, wire.encode(message))
        except OSError:
            pass
X_row = X
""",
        BROKEN,
    ),
    "everything is replaced": (
        """
import builtins, sys
builtins.print = builtins.repr = builtins.str = lambda *a, **k: "passed"
builtins.isinstance = builtins.issubclass = builtins.hasattr = lambda *a: True
builtins.type = lambda *a: torch.Tensor
builtins.eval = builtins.exec = lambda *a, **k: X[None] * 0
sys.modules.clear()
X_row = X
""",
        BROKEN,
    ),
    "tracing function rewrites locals": (
        """
import sys
def trace(frame, event, arg):
    frame.f_locals.clear()
    return trace
sys.settrace(trace)
sys.setprofile(trace)
X_row = X
""",
        BROKEN,
    ),
    "printed verdicts": ("print('passed ' * 100)\nX_row = X", WRONG),
    "flood of output": (
        "X_row = X[None]\nimport os\nwhile True:\n    os.write(1, b'passed' * 10000)",
        {"ended_early", "timeout"},
    ),
    "all memory": ("X_row = torch.zeros(10**12)", {"oom"}),
    "swallowed alarms": (
        """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, lambda *a: None)
    except (OSError, ValueError):
        pass
X_row = X[None]
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
        {"timeout"},
    ),
}


@pytest.mark.parametrize("cheat", CHEATS)
async def test_cheat_fails_and_harms_nobody_else(judge: Assessor, cheat: str) -> None:
    code, outcomes = CHEATS[cheat]
    verdict = await submitted(judge, code)
    assert verdict.outcome in outcomes, verdict
    assert verdict.points < verdict.max_points
    if outcomes != WRONG:
        assert (await submitted(judge, HONEST, attempt=2)).outcome == "passed"


async def test_hard_coded_answers_of_an_earlier_attempt_fail(judge: Assessor) -> None:
    given = await judge.public_given(1, step("row"))
    assert isinstance(given["X"], TensorValue)
    values = array_of(given["X"])
    assert values is not None
    verdict = await submitted(judge, f"X_row = torch.tensor([{values.tolist()}])", attempt=2)
    assert (verdict.outcome, verdict.public_passed) == ("wrong", True)
    assert all(one.found is None for one in verdict.checks)


async def test_search_for_answers_finds_one_that_is_there(judge: Assessor) -> None:
    code, _ = CHEATS["answer in all objects"]
    verdict = await judge.assess(1, step("row"), 1, ["note = 'X.unsqueeze(0)'", code])
    assert verdict.outcome == "passed"


async def test_later_step_does_not_hold_the_earlier_solution(judge: Assessor) -> None:
    code = """
import gc
gc.unfreeze()
words = [part for thing in gc.get_objects() for part in gc.get_referents(thing) if type(part) is str]
found = [word for word in words for needle in needles if needle in word[::-1] and len(word) < 200]
output = X_row @ W if found else X_row
"""
    assert (await submitted(judge, NEEDLES + code, "product")).outcome == "wrong"


async def test_forged_claims_about_a_gradient_earn_nothing(judge: Assessor) -> None:
    task = question()
    code = "w = torch.rand(3, requires_grad=True)\nw.grad = torch.ones(3)"
    verdict = await judge.assess(1, task, 1, [code])
    assert (verdict.outcome, verdict.points) == ("wrong", 0.0)


async def test_changing_the_arguments_does_not_change_what_is_expected(judge: Assessor) -> None:
    code = """
def flat(t):
    M.zero_(); W.zero_(); X.zero_(); t.zero_()
    return t.reshape(-1)
"""
    assert (await submitted(judge, code, "flat")).outcome == "wrong"
