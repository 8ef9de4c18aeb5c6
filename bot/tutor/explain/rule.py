"""What a rule is: an exception's type, its whole message, and who raised it, before it says anything."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from bot.tutor.drawing import Operation
from bot.tutor.explain.explanation import Explanation, Topic
from bot.tutor.explain.facts import Facts, could_be_tensor
from bot.tutor.ports import Wording

By = Literal["torch", "python", "parser"]
Found = re.Match[str]
Tell = Callable[[Wording, Facts, Found], Explanation | None]

N = r"(\d{1,19})"
"""A size in a message."""

SIZES = r"\[([-\d, ]{0,200})\]"
"""A shape in a message."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of error. `alone`: the message is sure enough where no expression was found."""

    id: str
    types: tuple[str, ...]
    message: re.Pattern[str]
    by: By
    alone: bool
    tell: Tell

    def explain(self, say: Wording, facts: Facts) -> Explanation | None:
        """Return the explanation if type, message and frame agree, else None."""
        error = facts.error
        if error.type not in self.types or not _is_by(self.by, facts, alone=self.alone):
            return None
        found = self.message.fullmatch(error.message)
        if found is None:
            return None
        explanation = self.tell(say, facts, found)
        return replace(explanation, rule=self.id) if explanation else None


class Rules:
    """The rules of one module, in the order in which they are asked."""

    def __init__(self) -> None:
        self.all: list[Rule] = []

    def of(
        self, name: str, types: str, message: str, *, by: By = "torch", alone: bool = True
    ) -> Callable[[Tell], Tell]:
        """Make a rule of a function: `types` are exception types, separated by spaces."""

        def keep(tell: Tell) -> Tell:
            pattern = re.compile(message, re.DOTALL)
            self.all.append(Rule(name, tuple(types.split()), pattern, by, alone, tell))
            return tell

        return keep


def told(
    meaning: str,
    cause: str,
    fix: str,
    code: str = "",
    *,
    topic: Topic | None = None,
    picture: Operation | None = None,
) -> Explanation:
    """Return an explanation; the rule's id is filled in by the rule."""
    begun = meaning[:1].upper() + meaning[1:]
    return Explanation("", begun, cause, fix, code, topic, picture)


def _is_by(by: By, facts: Facts, *, alone: bool) -> bool:
    origin = facts.failure.origin
    if by == "parser" or origin == "compile":
        return by == "parser" and origin == "compile"
    if facts.site is None:
        return alone
    if by == "python":
        return True
    return origin == "torch" or _works_on_tensors(facts)


def _works_on_tensors(facts: Facts) -> bool:
    """Tell whether the expression at which C code raised can have been torch's."""
    site = facts.site
    if site is None or site.kind in ("test", "other"):
        return True
    if site.kind == "call":
        if site.callee in ("function", "builtin", "class"):
            return site.callee != "function" and any(map(could_be_tensor, facts.operands))
        if site.callee == "":
            return any(could_be_tensor(one) for one in site.operands if one.role == "self")
        return True
    return any(could_be_tensor(one) for one in facts.operands)
