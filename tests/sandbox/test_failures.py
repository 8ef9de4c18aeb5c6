"""What a child tells of an error is read without running code of the learner's, whatever they left there."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from sandbox.client import connect
from sandbox.failure import MOST_NAME, MOST_SOURCE, Failure
from sandbox.wire import Cell, RunResult, SessionSpec
from tests.sandbox.talking import quiet

pytestmark = pytest.mark.jail

SPY = """
def called(*_):
    print("CALLED")
    raise SystemExit(3)

class Evil:
    __getattribute__ = __getattr__ = __eq__ = __len__ = __iter__ = __bool__ = called
    __repr__ = __str__ = __hash__ = __format__ = called
    shape = dtype = __dict__ = property(called)

class EvilTensor(torch.Tensor):
    armed = False
    shape = dtype = device = requires_grad = is_leaf = property(called)
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if cls.armed:
            called()
        return super().__torch_function__(function, types, args, kwargs or {})
    def __getattribute__(self, name):
        if type(self).armed:
            called()
        return super().__getattribute__(name)

class EvilMeta(type):
    armed = False
    def __getattribute__(cls, name):
        if EvilMeta.armed:
            called()
        return super().__getattribute__(name)
    __instancecheck__ = __subclasscheck__ = __hash__ = called

class EvilModule(torch.nn.Module):
    armed = False
    def forward(self, x):
        return torch.nn.functional.linear(x, torch.ones(2, 9))
    def __getattribute__(self, name):
        if EvilModule.armed and name in ("_modules", "_parameters", "in_features", "__class__"):
            called()
        return super().__getattribute__(name)
"""

HOSTILE = {
    "an operand": "evil = Evil()\n[torch.ones(2, 3) @ torch.ones(2, 3), evil]",
    "an argument": "torch.cat([torch.ones(2, 3), torch.ones(3, 4)], dim=object.__new__(Evil))",
    "a name nearby": "evil = Evil()\nevli",
    "a tensor": "e = torch.ones(2, 3).as_subclass(EvilTensor)\ndef f():\n    return torch._C._VariableFunctions.mm(e, e)\n"
    "with torch._C.DisableTorchFunctionSubclass():\n    EvilTensor.armed = True\n    f()",
    "a module": "m = EvilModule()\nEvilModule.armed = True\nm(torch.ones(2, 3))",
    "a metaclass": "class Odd(metaclass=EvilMeta): pass\nodd = Odd()\nEvilMeta.armed = True\n1 + odd",
    "an attribute's owner": "evil = object.__new__(Evil)\nlist.append(evil, 1)",
    "a key": "class Key(str):\n    __eq__ = __hash__ = str.__hash__\nd = {1: 2}\nd['x']",
    "names in the frame": "globals().update({f'n{n}': n for n in range(10_000)})\nn_10",
    "a very long name": f"{'x' * 10_000} = torch.ones(2, 3)\n{'x' * 10_000} @ {'x' * 10_000}",
    "right to left": "d = {'\\u202eevil`**': 1}\nd['\\u202eevil`*']",
    "half a letter": "d = {}\nd['\\ud800']",
    "a hundred dimensions": "a = torch.ones([1] * 60)\na @ torch.ones(2, 3)",
    "a number of many digits": "n = 10 ** 100_000\ntorch.ones(2, 3).view(n)",
    "no source": "import linecache\nlinecache.cache.clear()\ntorch.ones(2, 3) @ torch.ones(2, 3)",
    "executing broken": "import executing\nexecuting.Source.executing = called\ntorch.ones(2, 3) @ torch.ones(2, 3)",
    "nearest broken": "import difflib\ndifflib.get_close_matches = called\nnonesuch",
    "a lying class": "class E(RuntimeError):\n    __class__ = property(called)\nraise E('x')",
    "lying arguments": "class E(RuntimeError):\n    args = property(called)\nraise E('x')",
    "a lying traceback": "class E(RuntimeError):\n    __traceback__ = property(called)\nraise E('x')",
    "a traceback of its own": "import types, sys\ntry:\n    1 / 0\nexcept ZeroDivisionError as e:\n"
    "    t = e.__traceback__\nraise RuntimeError('x').with_traceback(types.TracebackType(None, t.tb_frame, 10**6, 1))",
}
"""Cells that fail while something hostile is near. `CALLED` is what must never be printed."""

CALLED_BY_OTHERS = {
    "an argument": "torch asks it, in the cell",
    "executing broken": "what a learner puts in a library's place is called",
    "nearest broken": "what a learner puts in a library's place is called",
    "a lying class": "Python's traceback module asks it",
    "a lying traceback": "Python's traceback module asks it",
}


async def _each(socket: Path) -> dict[str, RunResult]:
    found = {}
    async with connect(socket) as executor:
        for name, code in HOSTILE.items():
            ref = await executor.open("learner", SessionSpec(), 60)
            await executor.run(ref, Cell(SPY), quiet)
            found[name] = await executor.run(ref, Cell(code), quiet)
            await executor.close(ref)
    return found


@pytest.fixture(scope="module")
def ended(sandbox_socket: Path) -> dict[str, RunResult]:
    return asyncio.run(_each(sandbox_socket))


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_hostile_is_called_and_the_error_is_told(
    ended: dict[str, RunResult], name: str
) -> None:
    result = ended[name]
    assert (result.status, result.alive, result.restored) == ("error", True, False)
    assert result.error is not None
    if name not in CALLED_BY_OTHERS:
        assert "CALLED" not in "".join(text for _, text in result.output)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_told_is_bounded(ended: dict[str, RunResult], name: str) -> None:
    error = ended[name].error
    assert error is not None
    assert len(msgspec.msgpack.encode(error.failure)) < 24_000


def test_without_source_or_executing_the_message_is_all_there_is(
    ended: dict[str, RunResult],
) -> None:
    for name in ("no source", "executing broken"):
        error = ended[name].error
        assert error is not None
        assert error.failure in (Failure("code"), None)


def test_a_long_name_is_cut(ended: dict[str, RunResult]) -> None:
    error = ended["a very long name"].error
    assert error is not None
    assert error.failure is not None
    assert error.failure.site is not None
    assert len(error.failure.site.source) == MOST_SOURCE
    (left, _right) = error.failure.site.operands
    assert (left.shape, len(left.text)) == ((2, 3), MOST_SOURCE)


def test_what_is_too_long_is_no_frame() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(
            msgspec.json.encode({"origin": "code", "missing": "x" * (MOST_NAME + 1)}), type=Failure
        )
