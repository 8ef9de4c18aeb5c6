"""What a learner is told about an error, and how a rule says it."""

from dataclasses import dataclass
from typing import Literal

from bot.tutor.drawing import Operation

MOST_WORDS = 600
MOST_CODE = 400

Topic = Literal["what-a-tensor-is", "shape", "dtype", "device", "dynamic-graph", "autograd"]
"""What a lesson may teach about it: the id of one of its sections."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Three short texts in the learner's language, in Markdown: what it means, a cause, what to try.

    `code` is what to write, where that is certain. `picture` shows the failing operation.
    """

    rule: str
    meaning: str
    cause: str
    fix: str
    code: str = ""
    topic: Topic | None = None
    picture: Operation | None = None
