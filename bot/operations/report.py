"""What was found of each part of an installation, as lines to read and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["well", "note", "wrong", "off"]

_SIGNS: Mapping[State, str] = {"well": "ok   ", "note": "note ", "wrong": "WRONG", "off": "off  "}


@dataclass(frozen=True, slots=True)
class Check:
    """One part: how it is, what was found, and what to do, if anything.

    `note` works but could be better, `off` is not in use. `facts` is the same for programs.
    """

    name: str
    state: State
    found: str
    advice: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        return self.state != "wrong"


def is_well(report: Sequence[Check]) -> bool:
    """Tell whether nothing is wrong."""
    return all(check.is_well for check in report)


def as_text(report: Sequence[Check]) -> str:
    """Return the report as lines to read, and what to do below what asks for it."""
    lines = []
    for check in report:
        lines.append(f"{_SIGNS[check.state]}  {check.name}: {check.found}")
        lines += [f"       -> {advice}" for advice in check.advice]
    wrong = sum(not check.is_well for check in report)
    lines.append("")
    lines.append(f"{wrong} of {len(report)} are wrong." if wrong else "Nothing is wrong.")
    return "\n".join(lines)


def as_json(report: Sequence[Check]) -> str:
    """Return the report as one JSON object."""
    checks = [asdict(check) for check in report]
    return json.dumps({"well": is_well(report), "checks": checks}, ensure_ascii=False)
