"""Makes text that strangers wrote safe to show: no controls, no reordering, no end of size."""

import re
import unicodedata

_UNUSUAL = re.compile(r"[^ -~]")
"""All but what ASCII can print."""

_JOINERS = "\u200c\u200d"
_REPLACEMENT = "\ufffd"


def clean(text: str, most: int, *, lines: bool = False) -> str:
    """Return at most `most` characters of `text`, ending in `…` if it was longer.

    Control, direction-changing and surrogate characters are replaced or dropped. Line ends stay
    only with `lines`; else they become spaces.
    """
    kept = _UNUSUAL.sub(lambda found: _safe(found[0], lines=lines), text[: most + 1])
    return kept if len(text) <= most else kept[: most - 1] + "…"


def _safe(char: str, *, lines: bool) -> str:
    if char in "\n\t":
        return char if lines else " "
    category = unicodedata.category(char)
    if category in ("Cc", "Cs", "Zl", "Zp"):
        return _REPLACEMENT
    return "" if category == "Cf" and char not in _JOINERS else char


def quoted(text: str, most: int = 40) -> str:
    """Return `text` cleaned for use between backticks in a sentence."""
    return clean(text.replace("`", "'"), most)
