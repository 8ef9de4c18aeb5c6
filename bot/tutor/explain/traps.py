"""Notices what runs without an error and is a mistake all the same; what is not certain is not said.

Decided from the cell's syntax tree, what the inspector reports of its variables, and torch's own
warnings. All of that a learner can forge, and fools nobody but themselves by it.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.tutor.explain.facts import is_simple, numbers, shape_of, span
from bot.tutor.ports import Wording
from sandbox.inspection import Inspection, TensorReport
from sandbox.wire import RunResult

_MOST_CODE = 3000
"""Characters of a cell that is looked at: the rules look back from each call, so time grows squared."""

_WARNED = re.compile(
    r"UserWarning: Using a target size \(torch\.Size\(\[([\d, ]{1,60})\]\)\) that is different to the input "
    r"size \(torch\.Size\(\[([\d, ]{1,60})\]\)\)\. This will likely lead to incorrect results due to "
    r"broadcasting\."
)
_MOST_STDERR = 100_000
_REDUCING = frozenset({"mean", "sum"})
_MEASURING = frozenset({"square", "abs", "pow"})
_HARMLESS = frozenset(
    "range print enumerate zip len float int list next iter tqdm sum min max round str abs sorted super "  # noqa: SIM905
    "format display reversed isinstance tuple dict set".split()
)
_HARMLESS_METHODS = frozenset(
    "backward step item detach append mean sum pow to view reshape squeeze unsqueeze float long train "  # noqa: SIM905
    "eval size argmax max min abs square numpy cpu flatten format clone exp log softmax relu sigmoid "
    "tanh t transpose numel dim tolist items parameters matmul mm clamp super __init__".split()
)
_LIBRARIES = frozenset(("torch", "nn", "F", "np", "numpy", "plt", "math", "random", "time"))
_OF_SOFTMAX = "SoftmaxBackward0"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Trap:
    """A mistake that raised nothing: what to say about it, and what to write instead."""

    id: str
    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """A cell that ran: its tree, what its variables are now, and what went to its error stream."""

    tree: ast.Module
    inspection: Inspection
    stderr: str

    def tensor(self, node: ast.expr) -> TensorReport | None:
        """Return the report of the tensor that a plain name stands for."""
        name = node.id if isinstance(node, ast.Name) else None
        return next((one for one in self.inspection.tensors if one.name == name), None)

    def module_kind(self, name: str) -> str | None:
        return next((one.kind for one in self.inspection.modules if one.name == name), None)


def traps_in(say: Wording, result: RunResult, code: str) -> list[Trap]:
    """Return the traps that the cell `code`, which ran without an error, certainly fell into."""
    if result.status != "ok" or len(code) > _MOST_CODE:
        return []
    inspection = result.inspection or Inspection(tensors=())
    stderr = "".join(text for stream, text in result.output if stream == "stderr")
    # Most cells are far from any of it, and whoever presses Run waits for the tree.
    looks = [look for look, is_thinkable in _LOOKS if is_thinkable(code, inspection, stderr)]
    tree = _tree(code) if looks else None
    if tree is None:
        return []
    run = _Run(tree, inspection, stderr[:_MOST_STDERR])
    found = (look(say, run) for look in looks)
    return [trap for trap in found if trap is not None]


@lru_cache(maxsize=4)  # a class runs the same cells; each tree may take a megabyte
def _tree(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _warned(say: Wording, run: _Run) -> Trap | None:
    """A loss broadcast its two sides, and torch said so."""
    found = _WARNED.search(run.stderr)
    if found is None:
        return None
    target, given = numbers(found[1]), numbers(found[2])
    both = _broadcast(given, target)
    if both is None or both in (given, target):
        return None
    text = say(
        "A quiet trap: this loss compared a prediction of the shape {one} with a target of the shape "
        "{two}. Both were stretched to {both}, and every prediction was compared with every target. "
        "Give both the same shape.",
        one=shape_of(given),
        two=shape_of(target),
        both=shape_of(both),
    )
    return Trap("broadcast-loss", text)


def _difference(say: Wording, run: _Run) -> Trap | None:
    """A column minus a vector, squared and averaged by hand."""
    for measured in _errors(run.tree):
        left, right = run.tensor(measured.left), run.tensor(measured.right)
        if left is None or right is None or not _settled(run.tree, measured):
            continue
        both = _broadcast(left.shape, right.shape)
        column = next(
            (one for one in (left, right) if len(one.shape) == 2 and one.shape[1] == 1), None
        )
        vector = next((one for one in (left, right) if len(one.shape) == 1), None)
        if both is None or column is None or vector is None or column.shape[0] != vector.shape[0]:
            continue
        if vector.shape[0] < 2:
            continue
        text = say(
            "A quiet trap: {left} has the shape {one} and {right} has {two}, so {difference} became "
            "{both}: every number minus every other. Give both the same shape first:",
            left=span(left.name),
            one=shape_of(left.shape),
            right=span(right.name),
            two=shape_of(right.shape),
            difference=span(f"{left.name} - {right.name}"),
            both=shape_of(both),
        )
        if not (is_simple(left.name) and is_simple(right.name)):
            continue
        sides = [f"{one.name}.squeeze(1)" if one is column else one.name for one in (left, right)]
        return Trap("broadcast-difference", text, " - ".join(sides))
    return None


def _errors(tree: ast.Module) -> Iterator[ast.BinOp]:
    """Yield the differences that are squared, or made positive, and then put together."""
    for node in _outside_functions(tree):
        reduced = _argument_of(node, _REDUCING)
        measured = _measured(reduced) if reduced is not None else None
        if isinstance(measured, ast.BinOp) and isinstance(measured.op, ast.Sub):
            yield measured


def _measured(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=2)):
            return base
        case _:
            return _argument_of(node, _MEASURING)


def _argument_of(node: ast.AST, names: frozenset[str]) -> ast.expr | None:
    """Return what `x.mean()` or `torch.mean(x)` is taken of."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="torch"), attr=name), args=[first, *rest]
        ):
            return first if name in names and _is_whole(name, rest, node) else None
        case ast.Call(func=ast.Attribute(value=base, attr=name), args=rest):
            return base if name in names and _is_whole(name, rest, node) else None
        case _:
            return None


def _is_whole(name: str, rest: list[ast.expr], call: ast.Call) -> bool:
    """Tell whether all numbers become one, or each is squared: along one dimension may be meant."""
    if name == "pow":
        return [getattr(one, "value", None) for one in rest] == [2]
    return not rest and not call.keywords


def _settled(tree: ast.Module, measured: ast.BinOp) -> bool:
    """Tell whether both names still are what they were: nothing assigns to them afterwards."""
    names = {side.id for side in (measured.left, measured.right) if isinstance(side, ast.Name)}
    return not any(
        isinstance(node, ast.Name)
        and node.id in names
        and not isinstance(node.ctx, ast.Load)
        and node.lineno >= measured.lineno
        for node in ast.walk(tree)
    )


def _broadcast(one: Sequence[int], two: Sequence[int]) -> tuple[int, ...] | None:
    """Return the shape of both together, None where they do not broadcast."""
    most = max(len(one), len(two))
    pairs = list(
        zip([1] * (most - len(one)) + [*one], [1] * (most - len(two)) + [*two], strict=True)
    )
    fits = all(a == b or 1 in (a, b) for a, b in pairs)
    return tuple(b if a == 1 else a for a, b in pairs) if fits else None


# Softmax ----------------------------------------------------------------------------------------


def _softmax_twice(say: Wording, run: _Run) -> Trap | None:
    """Cross-entropy was given what a softmax had made."""
    for node in _outside_functions(run.tree):
        if isinstance(node, ast.Call) and node.args and _is_cross_entropy(run, node.func):
            scores = node.args[0]
            if _is_softmax(scores) or _was_softmax(run, scores, node):
                text = say(
                    "A quiet trap: cross-entropy does the softmax itself, and here {name} has been "
                    "through one already. Done twice, the model learns slowly. Pass it the plain "
                    "scores instead.",
                    name=span(ast.unparse(scores)),
                )
                return Trap("softmax-twice", text)
    return None


def _is_cross_entropy(run: _Run, function: ast.expr) -> bool:
    match function:
        case ast.Attribute(attr="cross_entropy"):
            return True
        case ast.Name(id="cross_entropy"):
            return not _defines(run.tree, "cross_entropy")
        case ast.Name(id=name):
            made = _last_value(run.tree, name, function.lineno)
            return run.module_kind(name) == "CrossEntropyLoss" or _makes(made, "CrossEntropyLoss")
        case _:
            return _makes(function, "CrossEntropyLoss")


def _makes(node: ast.expr | None, kind: str) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name == kind
        case _:
            return False


def _is_softmax(node: ast.expr | None) -> bool:
    """Tell whether it is `torch.softmax(…)`, `F.softmax(…)`, `x.softmax(…)` or `nn.Softmax(…)(…)`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="softmax")):
            return True
        case ast.Call(func=ast.Call() as made):
            return _makes(made, "Softmax")
        case _:
            return False


def _was_softmax(run: _Run, node: ast.expr, call: ast.Call) -> bool:
    """Tell whether a name holds what a softmax made: by its line here, or by its own history."""
    if not isinstance(node, ast.Name):
        return False
    if _stores(run.tree, node.id, since=call.lineno):
        return False
    report = run.tensor(node)
    made = _last_value(run.tree, node.id, call.lineno)
    return _is_softmax(made) or (report is not None and report.grad_fn == _OF_SOFTMAX)


def _last_value(tree: ast.Module, name: str, before: int) -> ast.expr | None:
    """Return what the one assignment to `name` before a line gives it; None if there are more."""
    found = [
        node.value
        for node in _outside_functions(tree)
        if isinstance(node, ast.Assign)
        and node.lineno < before
        and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
    ]
    return found[0] if len(found) == 1 and len(_lines(tree, name)) == 1 else None


def _lines(tree: ast.Module, name: str) -> list[int]:
    """Return the lines in which something is assigned to `name`."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
    ]


def _stores(tree: ast.Module, name: str, since: int) -> bool:
    return any(line >= since for line in _lines(tree, name))


def _defines(tree: ast.Module, name: str) -> bool:
    defined = any(
        isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        for node in ast.walk(tree)
    )
    return defined or bool(_lines(tree, name))


# Gradients --------------------------------------------------------------------------------------


def _never_zeroed(say: Wording, run: _Run) -> Trap | None:
    """A training loop adds up gradients, round after round."""
    if any(_resets(node) for node in ast.walk(run.tree)):
        return None
    for loop in _outside_functions(run.tree):
        if not isinstance(loop, ast.For | ast.While):
            continue
        calls = [
            node for part in loop.body for node in ast.walk(part) if isinstance(node, ast.Call)
        ]
        optimiser = next((name for call in calls if (name := _stepped(run, call))), None)
        goes_back = any(_method(call) == "backward" for call in calls)
        helpers = [
            call for one in ast.walk(run.tree) if isinstance(one, _SCOPES) for call in _calls(one)
        ]
        if optimiser and goes_back and all(_is_known(run, call) for call in calls + helpers):
            text = say(
                "A quiet trap: nothing in this loop sets the gradients back to zero, so each "
                "`backward()` adds to those of the round before. Put this at the start of the loop:"
            )
            code = f"{optimiser}.zero_grad()" if is_simple(optimiser) else "optimizer.zero_grad()"
            return Trap("no-zero-grad", text, code)
    return None


def _calls(node: ast.AST) -> list[ast.Call]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


def _resets(node: ast.AST) -> bool:
    """Tell whether it may set gradients back: by `zero_grad`, or by hand."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("zero_grad", "zero_") or (
            node.attr == "grad" and not isinstance(node.ctx, ast.Load)
        )
    return isinstance(node, ast.Name) and node.id in ("setattr", "exec", "eval", "zero_grad")


def _stepped(run: _Run, call: ast.Call) -> str | None:
    """Return the optimiser whose `step()` is called, if it certainly is one."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="step")):
            reported = any(one.name == name for one in run.inspection.optimizers)
            return (
                name
                if reported or _is_optimiser(_last_value(run.tree, name, call.lineno))
                else None
            )
        case _:
            return None


def _is_optimiser(made: ast.expr | None) -> bool:
    match made:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="optim") | ast.Attribute(attr="optim"))):
            return True
        case _:
            return False


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_known(run: _Run, call: ast.Call) -> bool:
    """Tell whether a call cannot hide a `zero_grad`: what other cells define might."""
    match call.func:
        case ast.Name(id=name):
            known = run.module_kind(name) is not None or _defines(run.tree, name)
            return name in _HARMLESS or known
        case ast.Attribute(attr=name) if name in _HARMLESS_METHODS:
            return True
        case ast.Attribute(value=ast.Name(id=root) | ast.Attribute(value=ast.Name(id=root))):
            return root in _LIBRARIES
        case _:
            return False


@lru_cache(maxsize=4)  # every rule asks for the nodes of the same cell, some for each call in it
def _outside_functions(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return all nodes that are not inside a function or class: those whose names were reported."""
    nodes, ahead = [tree], _parts(tree)
    while ahead:
        nodes.append(ahead.pop())
        ahead += _parts(nodes[-1])
    return tuple(nodes[1:])


def _parts(node: ast.AST) -> list[ast.AST]:
    """Return the nodes right below one, the last one first, and neither functions nor classes."""
    parts = [part for part in ast.iter_child_nodes(node) if not isinstance(part, _SCOPES)]
    return parts[::-1]


def _is_warned_of(_code: str, _inspection: Inspection, stderr: str) -> bool:
    return "UserWarning" in stderr


def _may_subtract(code: str, _inspection: Inspection, _stderr: str) -> bool:
    return "-" in code and any(name in code for name in _REDUCING)


def _may_have_softmax(code: str, inspection: Inspection, _stderr: str) -> bool:
    return "oftmax" in code or any(one.grad_fn == _OF_SOFTMAX for one in inspection.tensors)


def _may_train(code: str, _inspection: Inspection, _stderr: str) -> bool:
    return "step" in code and "backward" in code


_LOOKS: tuple[
    tuple[Callable[[Wording, _Run], Trap | None], Callable[[str, Inspection, str], bool]], ...
] = (
    (_warned, _is_warned_of),
    (_difference, _may_subtract),
    (_softmax_twice, _may_have_softmax),
    (_never_zeroed, _may_train),
)
"""What looks for each trap in a cell's tree, and what tells at a glance that there cannot be one."""
