"""The limits that Discord sets for a message and for what is in it, and how it counts."""

from collections.abc import Iterator

CONTENT = 2000
EMBEDS = 10
EMBED_TEXT = 6000
"""Characters of all embeds of a message together."""

TITLE = 256
DESCRIPTION = 4096
FIELDS = 25
FIELD_NAME = 256
FIELD_VALUE = 1024
ROWS = 5
ROW_BUTTONS = 5
LABEL = 80
CUSTOM_ID = 100
URL = 512
OPTIONS = 25
OPTION_TEXT = 100
PLACEHOLDER = 150
FILES = 10
REQUEST_BYTES = 25 * 1024 * 1024
ALT = 1024
REACTIONS = 20


def units(text: str) -> int:
    """Return the length of `text` as Discord's clients count it, in UTF-16: never below `len`."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """Return `text` within `most` units, ending in `…` if it was longer."""
    if len(text) <= most and units(text) <= most:
        return text
    return beginning(text, most - 1).rstrip() + "…"


def beginning(text: str, most: int) -> str:
    """Return as much of the beginning of `text` as fits into `most` units, in whole characters."""
    kept = text[: max(most, 0)]
    while (over := units(kept) - most) > 0 and kept:
        kept = kept[: -((over + 1) // 2)]
    return kept


def split(text: str, most: int) -> Iterator[str]:
    """Yield `text` in parts of at most `most` units, broken between paragraphs, lines or words."""
    while units(text) > most:
        part = beginning(text, most)
        part = part[: _break(part)]
        yield part
        text = text[len(part) :].lstrip("\n")
    if text:
        yield text


def _break(part: str) -> int:
    """Return where to break off: in the last third if there is a good place, else at the end."""
    for sign in ("\n\n", "\n", " "):
        at = part.rfind(sign, len(part) * 2 // 3)
        if at > 0:
            return at + (sign == " ")
    escapes = len(part) - len(part.rstrip("\\"))
    return len(part) - escapes % 2 or len(part)
