"""What learners define is never asked: the report comes, and nothing of theirs has run for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.inspection import MOST_REPORT_BYTES, Look
from sandbox.wire import Cell, SessionRef, SessionSpec, Stream

pytestmark = pytest.mark.jail

_TRAPS = """
calls, armed = [], False
def trap(*a, **k):
    while armed: calls.append(1)
class Trap:
    def __get__(self, *a): trap()
    __set__ = __get__
"""

_HOSTILE = {
    "attributes": """
class T(torch.Tensor):
    shape = dtype = device = grad_fn = grad = requires_grad = data = layout = Trap()
    __class__ = property(trap)
    __dict__ = property(trap)
    __repr__ = __str__ = __format__ = __len__ = __iter__ = __bool__ = __hash__ = __eq__ = trap
    __getattribute__ = __torch_function__ = numel = stride = numpy = detach = trap
    __array_interface__ = __array__ = __buffer__ = Trap()
x = torch.Tensor._make_subclass(T, torch.ones(2))
""",
    "torch_function_loops": """
class T(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *a, **k): trap()
x = torch.Tensor._make_subclass(T, torch.ones(2))
""",
    "dispatch": """
class T(torch.Tensor):
    @classmethod
    def __torch_dispatch__(cls, *a, **k): trap()
x = torch.Tensor._make_wrapper_subclass(T, (2,), dispatch_sizes_strides_policy="sizes", dispatch_device=True)
""",
    "function_mode_left_on": """
class M(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, f, t, a=(), k=None):
        trap()
        return f(*a, **(k or {}))
mode = M(); mode.__enter__()
x = torch.ones(2)
""",
    "dispatch_mode_left_on": """
from torch.utils._python_dispatch import TorchDispatchMode
class M(TorchDispatchMode):
    def __torch_dispatch__(self, f, t, a=(), k=None):
        trap()
        return f(*a, **(k or {}))
mode = M(); mode.__enter__()
thin, nest = torch.eye(2).to_sparse(), torch.nested.nested_tensor([torch.ones(1)])
x = torch.ones(2)
""",
    "metaclass": """
class Meta(type):
    __subclasscheck__ = __instancecheck__ = __hash__ = __eq__ = __getattribute__ = trap
    __mro__ = __dict__ = __name__ = property(trap)
    def mro(cls): return type.mro(cls)
class T(metaclass=Meta): pass
y = object.__new__(T)
x = torch.ones(2)
""",
    "containers": """
class D(dict):
    items = keys = values = __iter__ = __len__ = __getitem__ = get = copy = trap
class L(list):
    __iter__ = __len__ = __getitem__ = copy = trap
class P(tuple):
    __iter__ = __len__ = __getitem__ = trap
class S(str):
    __repr__ = __str__ = encode = __getitem__ = startswith = trap
class I(int):
    __repr__ = __str__ = __index__ = trap
d = D.__new__(D); dict.__setitem__(d, "k", torch.ones(2))
dict.__setitem__(d, S("s"), torch.ones(2)); dict.__setitem__(d, I(3), torch.ones(2))
l = L.__new__(L); list.append(l, torch.ones(2))
p = tuple.__new__(P, [torch.ones(2)])
cycle = []; cycle.append(cycle)
x = torch.ones(2)
""",
    "forged_dataclasses": """
class A:
    __dataclass_fields__ = property(trap)
    x = property(trap)
class B:
    __dataclass_fields__ = {"x": None, 3: None, "y": None}
    x = property(trap)
    __getattr__ = __getattribute__ = trap
    __dict__ = property(trap)
class F(dict):
    __iter__ = keys = items = __contains__ = trap
class C:
    __dataclass_fields__ = F(x=1)
a, b, c = A(), B(), C()
x = torch.ones(2)
""",
    "modules": """
class N(torch.nn.Module):
    named_parameters = parameters = children = named_children = modules = state_dict = trap
    __getattr__ = __repr__ = __len__ = __iter__ = __dir__ = trap
    __dict__ = property(trap)
n = N()
N.training = property(trap)
n2 = torch.nn.Linear(1, 1)
vars(torch.nn.Linear(1, 1))
object.__getattribute__(n2, "__dict__")["_modules"] = {"me": n2, "no": 3, 4: n2}
n3 = torch.nn.Linear(1, 1)
object.__getattribute__(n3, "__dict__")["_parameters"] = 7
x = torch.ones(2)
""",
    "optimizers": """
class O(torch.optim.SGD):
    param_groups = state = property(trap)
    state_dict = __getstate__ = __repr__ = trap
o = O.__new__(O)
o2 = torch.optim.SGD([torch.ones(1)], lr=0.1)
class R(float):
    __float__ = __repr__ = trap
o2.param_groups = [{"lr": R(3), "params": 5}, 7, {"lr": float("nan")}]
o2.state = {1: {2: 3}, 4: 5}
x = torch.ones(2)
""",
    "autograd_functions": """
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.name = trap
        return a * 2
    @staticmethod
    def backward(ctx, g): return g
x = F.apply(torch.ones(2, requires_grad=True))
""",
    "saved_tensors_hooks": """
with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: trap()):
    x = (torch.ones(2, requires_grad=True) * 2).exp()
""",
    "arrays": """
import numpy as np
class A(np.ndarray):
    def __array_finalize__(self, o):
        trap()
    __array_ufunc__ = __array_function__ = __repr__ = __getattr__ = trap
    shape = dtype = base = flags = Trap()
a = np.ones(3).view(A)
class Loud:
    __lt__ = __gt__ = __eq__ = __repr__ = __float__ = __bool__ = trap
b = np.array([Loud(), Loud()], dtype=object)
np.seterr(all="call"); np.seterrcall(lambda *k: trap())
c = np.array([1e308, -1e308, np.inf, np.nan])
armed = True
x = torch.ones(2)
""",
    "garbage_and_weak_references": """
import gc, sys, weakref
class G:
    def __init__(self): self.me = self
    def __del__(self):
        frame = sys._getframe()
        while frame:
            if "inspector" in frame.f_code.co_filename: calls.append(1)
            frame = frame.f_back
        G()
G()
x = torch.ones(2)
kept = weakref.ref(x, trap)
gc.set_threshold(1, 1, 1)
""",
    "warnings_raise": """
import warnings
warnings.simplefilter("error")
warnings.showwarning = warnings.warn_explicit = trap
y = torch.ones(2, requires_grad=True)
x = y * 2
x.sum().backward()
""",
}
"""Cells that end well, and after which nothing that leads to `trap` may be touched."""


async def quiet(_stream: Stream, _text: str) -> None:
    pass


@pytest.fixture
async def executor(sandbox_socket: Path) -> AsyncIterator[LocalExecutor]:
    async with connect(sandbox_socket) as connected:
        yield connected


@pytest.fixture
async def ref(executor: LocalExecutor) -> AsyncIterator[SessionRef]:
    opened = await executor.open("learner", SessionSpec(), 20)
    yield opened
    await executor.close(opened)


@pytest.mark.parametrize("name", _HOSTILE)
async def test_nothing_that_a_learner_defines_is_run(
    executor: LocalExecutor, ref: SessionRef, name: str
) -> None:
    plain = "plain = torch.arange(3.)\n"
    result = await executor.run(ref, Cell(_TRAPS + plain + _HOSTILE[name] + "armed = True"), quiet)
    assert (result.status, result.alive) == ("ok", True), result.error
    assert result.inspection is not None, "the report hung"
    seen = {one.name: one for one in result.inspection.tensors}
    assert seen["plain"].values == "[0, 1, 2]"
    assert "x" in seen or result.inspection.omitted
    for wanted in ("x", "plain"):
        looked = await executor.run(ref, Cell("", look=Look(wanted)), quiet)
        assert looked.alive
    calls = await executor.run(ref, Cell("armed = False\nlist.__len__(calls)"), quiet)
    assert calls.value == "0"


async def test_a_plain_subclass_shows_what_lies_under_its_lies(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    result = await executor.run(ref, Cell(_TRAPS + _HOSTILE["attributes"] + "armed = True"), quiet)
    assert result.inspection is not None
    (x,) = result.inspection.tensors
    assert (x.shape, x.dtype, x.values, x.kind) == ((2,), "float32", "[1, 1]", "T")


async def test_names_of_any_characters_and_any_length_are_sent(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    code = r"""
class S(str):
    def __hash__(self): return hash("x")
    def __eq__(self, other): raise SystemExit
g = globals()
for name in ("a\nb", "\u202etfel", "\x1b[31m", "\ud800", "l" * 100_000, "\x00", "", "`*_@everyone"):
    dict.__setitem__(g, name, torch.ones(1))
    dict.__setitem__(g, "in " + name, {name: torch.ones(1)})
dict.__setitem__(g, 5, torch.ones(1))
dict.__setitem__(g, None, torch.ones(1))
T = type("\u202e" * 5000, (torch.Tensor,), {})
odd = torch.ones(1).as_subclass(T)
del name, g
"""
    result = await executor.run(ref, Cell(code), quiet)
    assert result.status == "ok", result.error
    assert result.inspection is not None
    names = [one.name for one in result.inspection.tensors]
    assert names[:2] == ["a\nb", r"in a\nb".replace(r"\n", "\n") + r"['a\nb']"]
    assert r"\ud800" in names
    assert len(names) == 17
    assert max(map(len, names)) < 120


async def test_a_report_that_is_all_text_stays_short(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    code = """
import sys
x = torch.full((6, 6), complex(1.2345678901234567, -1.2345678901234567), dtype=torch.complex128)
for n in range(500):
    globals()[chr(0x10FFFF) * 59 + chr(1000 + n)] = x
    globals()["y" + chr(0x10FFFF) * 59 + chr(1000 + n)] = x[:]
"""
    result = await executor.run(ref, Cell(code), quiet)
    assert result.status == "ok", result.error
    assert result.inspection is not None
    assert 0 < len(msgspec.msgpack.encode(result.inspection)) <= MOST_REPORT_BYTES
    assert len(result.inspection.tensors) + result.inspection.omitted == 1001


async def test_threads_may_change_everything_while_it_is_looked_at(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    code = """
import sys, threading
sys.setswitchinterval(1e-6)
d, l, net = {}, [], torch.nn.Sequential()
def churn():
    n = 0
    while True:
        n += 1
        globals()[f"v{n % 300}"] = torch.ones(n % 7)
        globals().pop(f"v{(n * 7) % 300}", None)
        d[n % 50] = torch.ones(2); d.pop((n * 3) % 50, None)
        l.append(torch.ones(1)); del l[:-5]
        net._modules[str(n % 9)] = torch.nn.Linear(1, 1); net._modules.pop(str((n * 5) % 9), None)
x = torch.ones(3)
threading.Thread(target=churn, daemon=True).start()
"""
    result = await executor.run(ref, Cell(code), quiet)
    for _ in range(15):
        assert result.alive
        assert result.inspection is not None
        result = await executor.run(ref, Cell("1"), quiet)
