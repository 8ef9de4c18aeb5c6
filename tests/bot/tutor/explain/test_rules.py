"""Rules agree with type, message and frame, or say nothing; forged facts never break them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.locales import load_catalogues
from bot.tutor.explain import explain
from bot.tutor.explain.explain import RULES
from bot.tutor.explain.explanation import MOST_CODE, MOST_WORDS
from sandbox.failure import Failure, Item, ModuleAtFault, Operand, Site
from sandbox.wire import CellError, Hint
from tests.bot.tutor.explain.real_errors import EVERY

SAY = load_catalogues().in_locale("en")

A = Operand("A", "left", "Tensor", (3, 4), "float32", "cpu", requires_grad=False, is_leaf=True)
B = Operand("B", "right", "Tensor", (5, 2), "float32", "cpu", requires_grad=False, is_leaf=True)
MATMUL = "mat1 and mat2 shapes cannot be multiplied (3x4 and 5x2)"


def error_of(
    message: str, *operands: Operand, kind: str = "RuntimeError", operator: str = "@"
) -> CellError:
    site = Site(1, "binary", "A @ B", operator, operands=operands)
    return CellError(kind, message, 1, "…", failure=Failure("code", site))


def test_message_and_frame_that_agree_are_explained() -> None:
    explanation = explain(SAY, error_of(MATMUL, A, B))
    assert explanation is not None
    assert explanation.rule == "matmul-shapes"


@pytest.mark.parametrize(
    "error",
    [
        error_of(MATMUL, A, replace(B, shape=(5, 3))),
        error_of(MATMUL, replace(A, shape=(3, 5)), B),
        error_of(MATMUL.replace("3x4", "30x4"), A, B),
        error_of(MATMUL.replace("4 and 5", "5 and 5"), A, B),
        error_of(MATMUL, replace(A, shape=None, device=None, kind="ndarray"), B),
        error_of(f"{MATMUL}.", A, B),
        error_of(f" {MATMUL}", A, B),
        error_of(MATMUL.upper(), A, B),
        error_of(MATMUL, A, B, kind="ValueError"),
        error_of(MATMUL, A, B, kind="my.RuntimeError"),
        replace(error_of(MATMUL, A, B), failure=None),
        replace(error_of(MATMUL, A, B), hint=Hint("needs_gpu")),
        replace(error_of(MATMUL, A, B), message=MATMUL + "x" * 5000),
    ],
)
def test_what_does_not_agree_is_not_explained(error: CellError) -> None:
    assert explain(SAY, error) is None


OLDER = {
    "size mismatch, m1: [3 x 4], m2: [5 x 2] at /pytorch/aten/src/TH/generic/THTensorMath.cpp:41": "matmul-shapes",
    "expected scalar type Long but found Float": "dtype-mismatch",
    "Found dtype Double but expected Float": "dtype-mismatch",
    "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!": "device-mismatch",
    "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! (when "
    "checking argument for argument mat1 in method wrapper_CUDA_addmm)": "device-mismatch",
    "Expected all tensors to be on the same device, but got mat2 is on cuda:0, different from other tensors on "
    "cpu (when checking argument in method wrapper_CUDA_mm)": "device-mismatch",
}


@pytest.mark.parametrize("message", OLDER)
def test_other_wordings_are_known_too(message: str) -> None:
    left, right = A, B
    if "device" in message:
        left, right = replace(A, device="cuda:0"), B
    explanation = explain(SAY, error_of(message, left, right))
    assert explanation is not None
    assert explanation.rule == OLDER[message]


def test_a_tensor_on_a_gpu_that_numpy_asks_for_is_explained() -> None:
    message = (
        "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host "
        "memory first."
    )
    x = Operand("x", "self", "Tensor", (3,), "float32", "cuda:0")
    site = Site(1, "call", "x.numpy()", "numpy", "Tensor.numpy", (x,))
    error = CellError("TypeError", message, 1, "…", failure=Failure("code", site))
    explanation = explain(SAY, error)
    assert explanation is not None
    assert (explanation.rule, explanation.code) == ("numpy-device", "x.detach().cpu().numpy()")


def test_the_learners_names_cannot_leave_their_place() -> None:
    odd = replace(A, text="A`](http://evil) **\u202e\x1b[31m" + "x" * 100)
    explanation = explain(SAY, error_of(MATMUL, odd, B))
    assert explanation is not None
    assert "\u202e" not in explanation.meaning
    assert "\x1b" not in explanation.meaning
    assert explanation.meaning.count("`") == 8
    assert explanation.picture is not None
    assert all(len(box.name) <= 24 for box in explanation.picture.boxes)


def test_rules_have_names_of_their_own_kind() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule.id) for rule in RULES)


_SHAPES = st.lists(st.integers(-(2**63), 2**64 - 1) | st.integers(0, 12), max_size=6).map(tuple)
_TEXT = st.sampled_from(
    ["", "A", "x.T", "input", "`", "\ud800", "\u202e", "a" * 200, "[a, b]", "3"]
)
_KINDS = st.sampled_from(
    [None, "Tensor", "int", "list", "str", "dict", "Linear", "NoneType", "class"]
)
_FACTS = {
    "text": _TEXT,
    "role": st.sampled_from(
        ["", "left", "right", "self", "index", "function", "0", "1", "target", "input"]
    ),
    "kind": _KINDS,
    "shape": st.none() | _SHAPES,
    "dtype": st.none() | st.sampled_from(["float32", "int64", "bool", "", "\x00"]),
    "device": st.none() | st.sampled_from(["cpu", "cuda:0", "meta"]),
    "requires_grad": st.none() | st.booleans(),
    "is_leaf": st.none() | st.booleans(),
    "length": st.none() | st.integers(-5, 2**64),
    "value": st.none() | st.sampled_from(["3", "-1", "x", "", "'3'", "²"]),
    "sizes": st.lists(
        st.tuples(
            st.sampled_from(
                ["in_features", "out_features", "num_embeddings", "embed_dim", "num_heads"]
            ),
            st.integers(-3, 12),
        ),
        max_size=3,
    ).map(tuple),
}
_ITEMS = st.builds(Item, **_FACTS)
_OPERANDS = st.builds(Operand, **_FACTS, items=st.lists(_ITEMS, max_size=2).map(tuple))
_SITES = st.builds(
    Site,
    line=st.integers(-3, 3),
    kind=st.sampled_from(["binary", "call", "subscript", "attribute", "name", "test", "other"]),
    source=_TEXT,
    operator=st.sampled_from(
        "@ + += [] view cat sum tensor float zeros grad cross_entropy backward x f name shapes".split()  # noqa: SIM905
    ),
    callee=st.sampled_from(["", "torch.cat", "Tensor.view", "module", "function", "class"]),
    operands=st.lists(_OPERANDS, max_size=4).map(tuple),
)
_MODULES = st.builds(
    ModuleAtFault,
    path=_TEXT,
    kind=st.sampled_from(["Linear", "Embedding", "Conv2d", "MultiheadAttention"]),
    sizes=_FACTS["sizes"],
    inputs=st.lists(_ITEMS, max_size=3).map(tuple),
)
_FAILURES = st.builds(
    Failure,
    origin=st.sampled_from(["code", "torch", "compile"]),
    site=st.none() | _SITES,
    module=st.none() | _MODULES,
    function=st.sampled_from(
        ["", "binary_cross_entropy", "cross_entropy", "load_state_dict", "__getattr__"]
    ),
    missing=st.sampled_from(["", "x", "shapes", "los"]),
    owner=st.none() | _OPERANDS,
    nearest=st.lists(_TEXT, max_size=3).map(tuple),
)
_TYPES = (
    "RuntimeError",
    "IndexError",
    "ValueError",
    "TypeError",
    "AttributeError",
    "NameError",
    "KeyError",
)
_MESSAGES = [case.message for case in EVERY.values()] + list(OLDER)


@given(
    failure=_FAILURES,
    message=st.sampled_from(_MESSAGES) | st.text(max_size=60),
    kind=st.sampled_from([*_TYPES, "SyntaxError", "IndentationError", "AssertionError"]),
    code=st.sampled_from(["", "x = 1", "if x\n  y", "\ud800", "(" * 50]),
)
def test_forged_facts_never_break_the_tutor(
    failure: Failure, message: str, kind: str, code: str
) -> None:
    explanation = explain(SAY, CellError(kind, message, 1, "…", failure=failure), code)
    if explanation is not None:
        assert (
            max(map(len, (explanation.meaning, explanation.cause, explanation.fix))) <= MOST_WORDS
        )
        assert len(explanation.code) <= MOST_CODE
