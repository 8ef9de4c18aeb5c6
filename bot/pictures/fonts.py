"""Measures, cuts and wraps text in the one font that has all the letters the tutor writes."""

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

import pylopdf_fonts_ko
from PIL import Image, ImageDraw, ImageFont

SMALLEST = 24
"""Pixels of the smallest text on a picture 760 wide, so that it reads on a phone half as wide."""

MOST_CHARS = 400
"""Longer text is cut before anything measures it."""

MORE = "..."
"""What stands for what was cut; the font's own "…" hangs in the middle of the line."""

_MISSING = str.maketrans(
    {"▸": "▶", "►": "▶", "✗": "×", "✘": "×", "✔": "✓", "ᵀ": "T", "…": MORE, "\t": " "}
)
"""Signs that the font lacks, and those that stand for them."""

_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_JOINTS = re.compile(r"(\s+· |\s{2,})")
_SPACES = re.compile(r"(\s+)")
_BOLD = 0.6
_SHORT = 24
"""Characters of what is painted again from memory: 2,048 of these take a few megabytes."""

_ROOM = 2
"""Pixels around a text's box, for rounding."""


@dataclass(frozen=True, slots=True)
class Type:
    """How text is set: its size in pixels, never below `SMALLEST`, and whether it is bold."""

    size: int
    bold: bool = False

    def __post_init__(self) -> None:
        if self.size < SMALLEST:
            raise ValueError(f"text of {self.size} pixels does not read on a phone")

    @property
    def line(self) -> int:
        """Height of a line, in pixels."""
        return round(self.size * 1.3)

    @property
    def baseline(self) -> int:
        """Pixels from the top of a line down to where letters stand."""
        return round(self.size * 1.0)

    @property
    def stroke(self) -> float:
        """Pixels by which letters are thickened: the font has no bold face of its own."""
        return _BOLD if self.bold else 0


TITLE = Type(32, bold=True)
HEADING = Type(28, bold=True)
STRONG = Type(SMALLEST, bold=True)
BODY = Type(SMALLEST)
SENTENCE = Type(26)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return Noto Sans KR at `size` pixels, opened once.

    The basic layout keeps the order of the characters, so that no name from right to left can
    turn what stands beside it.
    """
    path = str(pylopdf_fonts_ko.sans_path())
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def plain(text: str) -> str:
    """Return `text` on one line, of bounded length, without what has no shape of its own."""
    composed = unicodedata.normalize("NFC", text[:MOST_CHARS]).translate(_MISSING)
    return "".join(char for char in composed if unicodedata.category(char) not in _UNSEEN)


@lru_cache(4096)
def width(text: str, kind: Type) -> int:
    """Return how many pixels wide `text` is."""
    return int(font(kind.size).getlength(text) + 2 * kind.stroke + 0.999) if text else 0


def mask(text: str, kind: Type) -> tuple[Image.Image, tuple[int, int]]:
    """Return the shape of `text` in grey, and how far right of and below its line's corner it begins.

    Most words of a picture are short numbers and labels, which come again and again.
    """
    return _known_mask(text, kind) if len(text) <= _SHORT else _new_mask(text, kind)


def _new_mask(text: str, kind: Type) -> tuple[Image.Image, tuple[int, int]]:
    stroke, letters = kind.stroke, font(kind.size)
    left, top, right, bottom = letters.getbbox(text, "L", anchor="ls", stroke_width=stroke)
    size = (math.ceil(right - left) + 2 * _ROOM, math.ceil(bottom - top) + 2 * _ROOM)
    corner = (math.floor(left) - _ROOM, math.floor(top) - _ROOM)
    shape = Image.new("L", size)
    ImageDraw.Draw(shape).text(
        (stroke - corner[0], -corner[1]), text, 255, letters, "ls", stroke_width=stroke
    )
    return shape, (corner[0], kind.baseline + corner[1])


_known_mask = lru_cache(2048)(_new_mask)


def cut(text: str, kind: Type, most: int) -> str:
    """Return `text`, or as much of its beginning as `most` pixels hold, with dots behind."""
    text = plain(text)
    if width(text, kind) <= most:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if width(text[:middle].rstrip() + MORE, kind) <= most:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + MORE if width(MORE, kind) <= most else ""


def wrapped(text: str, kind: Type, most: int, lines: int) -> tuple[str, ...]:
    """Return `text` in at most `lines` lines of at most `most` pixels; what is left over is cut.

    It breaks at " · " and at wide gaps rather than between words, so that a number keeps its unit.
    """
    rows: list[str] = []
    for piece in _pieces(plain(text), kind, most):
        joined = rows[-1] + piece if rows else piece
        if rows and width(_tidy(joined), kind) <= most:
            rows[-1] = joined
        elif _tidy(piece):
            rows.append(piece)
    tidy = [_tidy(row) for row in rows]
    if len(tidy) > lines:
        tidy[lines - 1 :] = [" ".join(tidy[lines - 1 :])]
    return tuple(cut(row, kind, most) for row in tidy)


def _pieces(text: str, kind: Type, most: int) -> list[str]:
    """Return the smallest parts that need not be broken; the joints are parts of their own."""
    found: list[str] = []
    for phrase in _JOINTS.split(text):
        if width(phrase, kind) <= most:
            found.append(phrase)
        else:
            found += [part for word in _SPACES.split(phrase) for part in _broken(word, kind, most)]
    return found


def _broken(word: str, kind: Type, most: int) -> list[str]:
    if width(word, kind) <= most:
        return [word]
    parts = [""]
    for char in word:
        if parts[-1] and width(parts[-1] + char, kind) > most:
            parts.append("")
        parts[-1] += char
    return parts


def _tidy(row: str) -> str:
    return row.strip().removeprefix("· ").removesuffix(" ·").strip("·").strip()
