"""Reads a number the way people type it: `1e-5`, `1/4`, `1,000`, `−3`, full-width digits, `64개`."""

import math
import re
import unicodedata

MAX_CHARS = 64

_DECIMAL = r"(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,4})?"
_GROUPED = r"\d{1,3}(?:,\d{3})+(?:\.\d*)?"
_NUMBER = re.compile(
    rf"([+-]?)\s*(?:({_GROUPED})|({_DECIMAL})(?:\s*/\s*({_DECIMAL}))?)", re.IGNORECASE
)
_MINUS_SIGNS = str.maketrans({"−": "-", "–": "-", "⁄": "/", "∕": "/", "÷": "/"})
# 만 and the like multiply, so a word that has one of them is no mere unit.
_KOREAN_UNIT = re.compile(r"\s*(?:(?![십백천만억조경])[가-힣])+[.!]?$")


class NotANumber(ValueError):  # noqa: N818  (a state of the answer, not a fault of ours)
    """The text is no finite number."""


def read_number(text: str) -> float:
    """Return the number that `text` writes down. Raises `NotANumber`."""
    if len(text) > MAX_CHARS:
        raise NotANumber("too long for a number")
    plain = unicodedata.normalize("NFKC", text).translate(_MINUS_SIGNS).strip()
    plain = _KOREAN_UNIT.sub("", plain)
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise NotANumber(f"{text!r} is no number")
    sign, grouped, above, below = found.groups()
    number = float((grouped or above).replace(",", ""))
    divisor = float(below) if below else 1.0
    if divisor == 0 or not math.isfinite(number / divisor):
        raise NotANumber(f"{text!r} is no finite number")
    return -number / divisor if sign == "-" else number / divisor
