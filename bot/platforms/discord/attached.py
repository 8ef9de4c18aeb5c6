"""Finds the code in attached files, and says kindly which are not read and why; pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.platforms.discord.incoming import MOST_BLOCKS, Found, cells_of, read_message
from bot.platforms.discord.parts import megabytes
from bot.platforms.discord.words import one_line
from bot.tutor.clean import quoted
from bot.tutor.fences import Code
from bot.tutor.ports import Wording

MOST_BYTES = 256 * 1024
"""A larger file is not code that somebody wrote."""

MOST_FILES = 3
ENDINGS = (".py", ".txt", ".ipynb")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an attached file is not run."""

    why: Literal["too_large", "too_many", "not_text", "not_a_notebook", "no_code", "unreachable"]
    name: str
    size: int = 0


def is_code(name: str) -> bool:
    """Tell from its name whether an attached file may hold code."""
    return name.lower().endswith(ENDINGS)


def choose(files: Sequence[tuple[str, int]]) -> tuple[list[int], list[Refusal]]:
    """Return which of the attached files, given by name and size, to read, and which not to and why.

    Those that are no code, such as pictures, are in neither.
    """
    wanted: list[int] = []
    refused: list[Refusal] = []
    for index, (name, size) in enumerate(files):
        if not is_code(name):
            continue
        if size > MOST_BYTES:
            refused.append(Refusal("too_large", name, size))
        elif len(wanted) >= MOST_FILES:
            refused.append(Refusal("too_many", name, size))
        else:
            wanted.append(index)
    return wanted, refused


def read_file(name: str, data: bytes) -> Found | Refusal:
    """Return the cells in an attached file; its name tells what it is."""
    if len(data) > MOST_BYTES:
        return Refusal("too_large", name, len(data))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Refusal("not_text", name)
    if "\x00" in text:
        return Refusal("not_text", name)
    text = text.replace("\r\n", "\n")
    if name.lower().endswith(".ipynb"):
        return _notebook(name, text)
    if name.lower().endswith(".txt"):
        found = read_message(text)
        if found.cells or found.foreign:
            return Found(found.cells, foreign=found.foreign)
    return Found((text,)) if text.strip() else Refusal("no_code", name)


def _notebook(name: str, text: str) -> Found | Refusal:
    """Return the code cells of a Jupyter notebook, of which nothing is believed."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        return Refusal("not_a_notebook", name)
    cells = _listed(notebook, "cells")
    if cells is None:
        return Refusal("not_a_notebook", name)
    sources = (_source(one) for one in cells[: 10 * MOST_BLOCKS])
    lang = _language(notebook)
    found = cells_of(Code(source, lang) for source in sources if source)
    return found if found.cells or found.foreign else Refusal("no_code", name)


def _listed(value: Any, key: str) -> list[Any] | None:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else None


def _source(cell: Any) -> str:
    """Return the code of a cell, empty if it is none; as one text or, as Jupyter writes it, lines."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return ""
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source if isinstance(source, str) else ""


def _language(notebook: Any) -> str:
    """Return the language that a notebook says it is in, empty if it does not say."""
    value: Any = notebook
    for key in ("metadata", "language_info", "name"):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def refusal_text(say: Wording, refusal: Refusal) -> str:
    """Return why an attached file is not run, and what to do."""
    name = quoted(one_line(refusal.name) or "?", 60)
    match refusal.why:
        case "too_large":
            return say(
                "`{file}` has {size}, and a file with code may have {most}. Post the part to run.",
                file=name,
                size=megabytes(refusal.size),
                most=megabytes(MOST_BYTES),
            )
        case "too_many":
            return say(
                "`{file}` was left out: at most {n} files run at once.", file=name, n=MOST_FILES
            )
        case "not_text":
            return say("`{file}` is not UTF-8 text. Save it as UTF-8 and post it again.", file=name)
        case "not_a_notebook":
            return say(
                "`{file}` cannot be read as a notebook. Save it in Jupyter again.", file=name
            )
        case "no_code":
            return say("There is no code in `{file}`.", file=name)
        case "unreachable":
            return say("`{file}` could not be fetched from Discord. Post it again.", file=name)
