"""Writes what was done as a table: CSV that a spreadsheet may open, or one JSON object a line."""

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence

from bot.tutor.records import Done

FORMATS = ("csv", "jsonl")

COLUMNS = (
    "time",
    "platform",
    "user_id",
    "name",
    "lesson",
    "item",
    "kind",
    "outcome",
    "points",
)

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""How text begins that a spreadsheet would take for a formula; learners choose their names."""


async def rows_of(pages: AsyncIterator[Sequence[Done]], kind: str) -> AsyncIterator[list[str]]:
    """Yield the lines of a file, page after page; a CSV file begins with its columns."""
    if kind == "csv":
        yield [_csv(COLUMNS)]
    async for page in pages:
        yield [_csv(_safe(done)) if kind == "csv" else _json(done) for done in page]


def _values(done: Done) -> tuple[str | float, ...]:
    return (
        done.at.isoformat(timespec="seconds"),
        done.platform,
        done.user_id,
        done.name,
        done.lesson,
        done.item,
        done.kind,
        done.outcome,
        done.points,
    )


def _safe(done: Done) -> tuple[str | float, ...]:
    return tuple(
        f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
        for value in _values(done)
    )


def _csv(values: Sequence[str | float]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue()


def _json(done: Done) -> str:
    pairs = dict(zip(COLUMNS, _values(done), strict=True))
    return json.dumps(pairs, ensure_ascii=False) + "\n"
