"""What lint found in a lesson file, as records, as lines of text and as JSON."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from bot.curriculum import LessonError, LessonFile
from bot.yaml_source import KeyPath

Severity = Literal["essential", "advice"]
"""Essential: learners would meet it. Advice: it works, and could be better."""

_PROBLEM = re.compile(r"(?P<file>[^\n]*?):(?P<line>\d+): (?:(?P<where>\S+): )?(?P<message>.*)")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to mend: `line` counts from 1 (0: the file as a whole), `where` is the key."""

    file: str
    line: int
    where: str
    message: str
    severity: Severity = "essential"


def finding(
    file: LessonFile, path: KeyPath, message: str, severity: Severity = "essential"
) -> Finding:
    """Return a finding about what is at `path` in `file`."""
    document = file.document
    one_line = " ".join(message.split())
    return Finding(file.name, document.line_of(path), document.key_of(path), one_line, severity)


def findings_of(error: LessonError) -> tuple[Finding, ...]:
    """Return what keeps lessons from being loaded as findings."""
    return tuple(map(_of_problem, error.problems))


def _of_problem(problem: str) -> Finding:
    found = _PROBLEM.fullmatch(problem)
    if found is None:
        file, _, message = problem.partition(": ")
        return Finding(file, 0, "", message)
    return Finding(found["file"], int(found["line"]), found["where"] or "", found["message"])


def is_clean(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing essential was found."""
    return all(one.severity != "essential" for one in findings)


def as_text(findings: Sequence[Finding]) -> str:
    """Return one line a finding, `file:LINE: KEY: message`, and a line that sums them up."""
    essential = sum(one.severity == "essential" for one in findings)
    summary = f"{essential} to mend, {len(findings) - essential} to consider"
    return "\n".join([*map(_line, findings), summary if findings else "nothing found"])


def _line(one: Finding) -> str:
    place = f"{one.file}:{one.line}" if one.line else one.file
    key = f"{one.where}: " if one.where else ""
    advice = "advice: " if one.severity == "advice" else ""
    return f"{place}: {key}{advice}{one.message}"


def as_json(findings: Sequence[Finding]) -> str:
    """Return a JSON list with an object for each finding."""
    return json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=2)
