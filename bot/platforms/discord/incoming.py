"""Finds the code in what people post in Discord: in fences anywhere in a message; pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from bot.tutor.clean import quoted
from bot.tutor.fences import Code, Entry, Reader, Typed
from bot.tutor.ports import Wording

MOST_BLOCKS = 100
"""Blocks that are kept: still more than may run at once, so that the tutor refuses them."""

MOST_SAID = 4000
MOST_TAG = 20

_TICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a message holds: the code of its cells, and the words outside of them.

    `foreign` is the language of a block that says it is not Python, which is no cell then.
    """

    cells: tuple[str, ...] = ()
    said: str = ""
    foreign: str = ""


def read_message(content: str, bot_id: str = "") -> Found:
    """Return the cells and the words of a message, without mentions of the bot in the words."""
    entries = list(_entries(content))
    said = "\n".join(entry.text for entry in entries if isinstance(entry, Typed))
    if bot_id:
        said = re.sub(rf"<@!?{re.escape(bot_id)}>", " ", said)
    said = "\n".join(filter(None, (line.strip() for line in said.split("\n"))))
    return cells_of((one for one in entries if isinstance(one, Code)), said[:MOST_SAID])


def cells_of(blocks: Iterable[Code], said: str = "") -> Found:
    """Return the blocks that are Python as cells."""
    cells: list[str] = []
    foreign = ""
    for block in blocks:
        if not block.is_python:
            foreign = foreign or block.lang[:MOST_TAG]
        elif block.text.strip():
            cells.append(block.text)
    return Found(tuple(cells[:MOST_BLOCKS]), said, foreign)


def _entries(text: str) -> Iterator[Entry]:
    reader = Reader()
    for line in text.replace("\r\n", "\n").split("\n"):
        for piece in _pieces(reader, line):
            entry = reader.feed(piece)
            if entry is not None:
                yield entry
    last = reader.end()
    if last is not None:
        yield last


def _pieces(reader: Reader, line: str) -> Iterator[str]:
    """Yield a line as the lines it stands for: in Discord, backticks fence wherever they are.

    Each piece has to be fed to `reader` before the next is asked for.
    """
    while True:
        end = _end_of_code(reader.fence, line) if reader.in_code else _beginning_of_code(line)
        if end is None or not line[end:].strip():
            yield line
            return
        yield line[:end]
        line = line[end:]


def _beginning_of_code(line: str) -> int | None:
    """Return where a line outside of code is to be parted: before a fence, or after a whole block."""
    opening = _TICKS.search(line)
    if opening is None:
        return None
    if line[: opening.start()].strip():
        return opening.start()
    closing = _TICKS.search(line, opening.end())
    return closing.end() if closing and len(closing[0]) >= len(opening[0]) else None


def _end_of_code(fence: str, line: str) -> int | None:
    if not fence.startswith("`"):
        return None
    closing = next((one for one in _TICKS.finditer(line) if len(one[0]) >= len(fence)), None)
    return closing.end() if closing else None


def foreign_text(say: Wording, lang: str) -> str:
    """Return what is said of a block in another language."""
    return say(
        "That block is marked `{lang}`, and only Python runs here. "
        "Write `python` after the three opening backticks, or nothing.",
        lang=quoted(lang, MOST_TAG),
    )


def fingerprint(content: str, attachments: Iterable[str] = ()) -> str:
    """Return what tells an edited message from one that only got a preview of a link."""
    text = "\0".join((content, *attachments))
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
