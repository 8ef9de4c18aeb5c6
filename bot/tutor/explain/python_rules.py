"""Rules for Python's own errors: names that are not there, and calls that do not fit."""

import builtins

from bot.tutor.clean import quoted
from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import MOST_NAME, Facts, is_simple, shape_of, span
from bot.tutor.explain.rule import Found, Rules, told
from bot.tutor.ports import Wording

RULES = Rules()

_IMPORTS = {
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "optim": "from torch import optim",
    "DataLoader": "from torch.utils.data import DataLoader",
    "Dataset": "from torch.utils.data import Dataset",
    "TensorDataset": "from torch.utils.data import TensorDataset",
    "math": "import math",
    "random": "import random",
    "time": "import time",
    "os": "import os",
    "sys": "import sys",
    "copy": "import copy",
    "Image": "from PIL import Image",
    "sp": "import sympy as sp",
    "nx": "import networkx as nx",
}
"""What people call things, and the line that makes them so."""

_CAPITALS = {"true": "True", "false": "False", "none": "None", "null": "None"}
_AS_TENSOR = frozenset(
    {"shape", "dtype", "device", "view", "reshape", "T", "size", "mean", "to", "float"}
)
_NAME = r"(?P<name>[^\W\d]\w{0,199})"


@RULES.of(
    "unknown-name",
    "NameError",
    rf"name '{_NAME}' is not defined(?:\. .{{1,200}})?",
    by="python",
    alone=False,
)
def _name(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    name = found["name"]
    if facts.failure.missing != name[: len(facts.failure.missing)] or not facts.failure.missing:
        return None
    if (
        facts.site is None
        or facts.site.kind != "name"
        or facts.site.operator != facts.failure.missing
    ):
        return None
    meaning = say("There is nothing called {name} here.", name=span(name))
    if name in _IMPORTS:
        return told(
            meaning,
            say("That is the usual name of a module that has not been imported yet."),
            say("Import it once, at the top:"),
            _IMPORTS[name],
        )
    if name.lower() in _CAPITALS:
        return told(
            meaning,
            say("Python writes these words with a capital letter."),
            say("Write it like this:"),
            _CAPITALS[name.lower()],
        )
    near = [one for one in facts.failure.nearest if one.isidentifier()]
    if near:
        return told(
            meaning,
            say("It looks like a typo: was {near} meant?", near=_alternatives(say, near)),
            say("Write it exactly so, capital letters too:"),
            quoted(near[0], MOST_NAME),
        )
    return told(
        meaning,
        say(
            "The line that makes it has not run yet in this session, or it exists only inside a function."
        ),
        say("Run the line that makes it first, or put it into this code."),
    )


def _alternatives(say: Wording, names: list[str]) -> str:
    shown = [span(name) for name in names[:2]]
    return say(" or ").join(shown)


@RULES.of(
    "unbound-local",
    "UnboundLocalError",
    rf"cannot access local variable '{_NAME}' where it is not associated with a value",
    by="python",
    alone=False,
)
def _unbound(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    name = found["name"]
    return told(
        say(
            "Inside this function {name} is a variable of its own, because the function assigns to it, "
            "and it is used before it has a value.",
            name=span(name),
        ),
        say("A variable of the same name outside is another one."),
        say("Give it a value first inside the function, or pass it in as an argument."),
    )


@RULES.of(
    "no-attribute",
    "AttributeError",
    rf"(?:'(?P<owner>[\w.]{{1,80}})' object|module '(?P<module>[\w.]{{1,80}})') has no attribute '{_NAME}'(?:\. .{{1,200}})?",
    by="python",
    alone=False,
)
def _attribute(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    name, failure = found["name"], facts.failure
    owner = failure.owner
    if (
        owner is None
        or failure.missing != name
        or facts.site is None
        or facts.site.kind != "attribute"
    ):
        return None
    text = owner.text or facts.site.source.rpartition(".")[0]
    if owner.kind == "NoneType":
        return told(
            say(
                "{name} is `None`, so it has no {attribute}.", name=span(text), attribute=span(name)
            ),
            say(
                "A function without `return` gives `None`, and so does a method that changes in place, such as `list.append`. `x.grad` is `None` before `backward()`."
            ),
            say(
                "Print {name} right before this line, and look at the line that made it.",
                name=span(text),
            ),
        )
    if owner.kind in ("list", "tuple") and name in _AS_TENSOR:
        return told(
            say(
                "{name} is a Python `{kind}`, and {attribute} belongs to tensors.",
                name=span(text),
                kind=owner.kind,
                attribute=span(name),
            ),
            say("The numbers have not been put into a tensor yet."),
            say("Make a tensor of it first:"),
            f"torch.tensor({text})" if len(text) < 60 else "torch.tensor(numbers)",
            topic="what-a-tensor-is",
        )
    if not failure.nearest:
        return _unmade(say, facts, text, name) if failure.function == "__getattr__" else None
    near = failure.nearest[0]
    what = span(text) if text else span(owner.kind or "")
    return told(
        say("{owner} has nothing called {attribute}.", owner=what, attribute=span(name)),
        say(
            "It looks like a typo: was {near} meant?",
            near=_alternatives(say, list(failure.nearest)),
        ),
        say("Write it exactly so, capital letters too:"),
        f"{text}.{quoted(near, MOST_NAME)}" if is_simple(text) else quoted(near, MOST_NAME),
    )


def _unmade(say: Wording, facts: Facts, text: str, name: str) -> Explanation | None:
    """A model was asked for a part that it does not have, and nothing in it is called alike."""
    if facts.failure.owner is None or facts.failure.owner.kind == "module" or not text:
        return None
    return told(
        say(
            "The model {owner} has no part called {attribute}.",
            owner=span(text),
            attribute=span(name),
        ),
        say("It was not made in `__init__`, or it has another name there."),
        say("See which parts it has:"),
        f"print({text})" if is_simple(text) else "",
    )


@RULES.of("missing-key", "KeyError", r"'.{0,200}'", by="python", alone=False)
def _key(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    failure = facts.failure
    if failure.owner is None or failure.owner.kind != "dict" or not failure.missing:
        return None
    if facts.error.message != repr(failure.missing) and len(failure.missing) < MOST_NAME:
        return None
    name, key = span(failure.owner), span(failure.missing)
    if failure.nearest:
        return told(
            say("{name} has no key {key}.", name=name, key=key),
            say(
                "It looks like a typo: was {near} meant?",
                near=_alternatives(say, list(failure.nearest)),
            ),
            say("Write it exactly so, capital letters too:"),
            f'{failure.owner.text}["{quoted(failure.nearest[0], MOST_NAME)}"]'
            if is_simple(failure.owner.text)
            else "",
        )
    return told(
        say("{name} has no key {key}.", name=name, key=key),
        say("The key was never put in, or it is written in another way there."),
        say(
            "Look at what it has: `print(list(d))`. `d.get(key)` gives `None` where a key may be missing."
        ),
    )


@RULES.of("call-tensor", "TypeError", r"'(Tensor|Parameter)' object is not callable", by="python")
def _call(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    site = facts.site
    if site is not None and site.kind != "call":
        return None
    called = next((one for one in site.operands if one.role == "function"), None) if site else None
    if called is not None and called.kind not in (None, found[1]):
        return None
    arguments = [one.text for one in facts.operands if one.role.isdecimal()]
    name = called.text if called else ""
    shape = shape_of(called) if called and called.shape is not None else ""
    meaning = (
        say(
            "{name} is a tensor of the shape {shape}, not a function: round brackets try to call it.",
            name=span(name),
            shape=shape,
        )
        if name and shape
        else say("A tensor is not a function: round brackets try to call it.")
    )
    simple = is_simple(name) and len(arguments) == 1 and len(arguments[0]) < 30
    hides = name in ("max", "min", "sum", "list", "range", "len", "abs", "type") and hasattr(
        builtins, name
    )
    if hides:
        return told(
            meaning,
            say("The name of Python's own function {name} was given to a tensor.", name=span(name)),
            say("Give the tensor another name; `del` brings the function back:"),
            f"del {name}",
        )
    return told(
        meaning,
        say(
            "An index belongs into square brackets, or a `*` is missing, or an attribute such as `.shape` was called."
        ),
        say("To pick an entry, write:")
        if simple
        else say("To pick an entry, use square brackets: `x[0]`."),
        f"{name}[{arguments[0]}]" if simple else "",
    )


@RULES.of(
    "missing-argument",
    "TypeError",
    r"(?P<function>[\w.<>]{1,120})\(\) missing (?P<n>\d{1,2}) required (?:positional|keyword-only) arguments?: "
    r"(?P<names>'\w.{0,200}')",
    by="python",
    alone=False,
)
def _missing(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.site is None or facts.site.kind != "call":
        return None
    function = found["function"].rpartition(".")[2]
    names = found["names"].replace(" and ", ", ").replace("'", "").replace(",,", ",")
    shown = facts.site.operator or function
    is_class = function == "__init__"
    return told(
        say(
            "{function} was called without {names}.",
            function=span(f"{shown}()"),
            names=span(names),
        ),
        say(
            "A class needs it when an object is made, or `forward` needs it when the model is called."
        )
        if is_class or function == "forward"
        else say(
            "An argument was left out, or a method was called on the class instead of on an object."
        ),
        say("Pass it in between the brackets, in the order in which the function lists it."),
    )


@RULES.of(
    "too-many-arguments",
    "TypeError",
    r"(?P<function>[\w.<>]{1,120})\(\) takes (?:from \d{1,2} to )?(?P<wants>\d{1,2}) positional arguments? but "
    r"(?P<got>\d{1,3}) (?:was|were) given",
    by="python",
    alone=False,
)
def _too_many(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.site is None or facts.site.kind != "call":
        return None
    wants, got = int(found["wants"]), int(found["got"])
    is_method = "." in found["function"] and facts.site.callee not in ("function", "builtin")
    written = sum(one.role.isdecimal() for one in facts.operands)
    if is_method and written == got - 1:
        return told(
            say(
                "{function} was given more arguments than it takes: {got} instead of {wants}. A method also gets "
                "the object before the dot, as `self`.",
                function=span(f"{facts.site.operator}()"),
                wants=wants,
                got=got,
            ),
            say("`self` was forgotten in the `def` line, or there is an argument too many."),
            say(
                "Let the method start with `self`: `def {name}(self, …):`.",
                name=quoted(found["function"].rpartition(".")[2]),
            ),
        )
    if written not in (got, got - 1):
        return None
    return told(
        say(
            "{function} was given more arguments than it takes: {got} instead of {wants}.",
            function=span(f"{facts.site.operator}()"),
            wants=wants,
            got=got,
        ),
        say(
            "There is an argument too many, or several numbers were meant to be one: a list or a tuple."
        ),
        say("Compare the call with the `def` line of the function."),
    )


@RULES.of(
    "unknown-argument",
    "TypeError",
    rf"(?P<function>[\w.<>]{{1,120}})\(\) got an unexpected keyword argument '{_NAME}'(?:\. .{{1,200}})?",
    by="python",
    alone=False,
)
def _unknown(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.site is None or facts.site.kind != "call" or facts.operand(found["name"]) is None:
        return None
    return told(
        say(
            "{function} has no argument called {name}.",
            function=span(f"{facts.site.operator}()"),
            name=span(found["name"]),
        ),
        say("It is written in another way there, or belongs to another function."),
        say("See what it takes:"),
        f"help({facts.site.source.partition('(')[0]})"
        if is_simple(facts.site.source.partition("(")[0])
        else "",
    )


@RULES.of(
    "text-and-number",
    "TypeError",
    r"can only concatenate str \(not \"(?P<a>int|float|Tensor)\"\) to str|unsupported operand type\(s\) for \+: "
    r"'(?P<b>int|float|Tensor)' and 'str'",
    by="python",
    alone=False,
)
def _text(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    pair = facts.pair
    if facts.operator not in ("+", "+=") or pair is None:
        return None
    kinds = {one.kind for one in pair if one.kind is not None}
    other = found["a"] or found["b"]
    if not kinds <= {"str", other, "Parameter"}:
        return None
    return told(
        say(
            "One side of {source} is text (`str`) and the other is `{kind}`: `+` does not know whether to add or to join.",
            source=span(facts.site.source if facts.site else "+"),
            kind=other,
        ),
        say("A number in quotation marks, or from `input()`, is text."),
        say(
            "To show both, put a comma between them in `print`, or use an f-string; to compute, use `int(…)` or `float(…)`."
        ),
    )
