"""Makes any text safe to show on a terminal, and measures, wraps and paints it by cells."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wcwidth import wcwidth

TAB = 8
MOST_MARKS = 4
"""Combining marks kept on one character; taller stacks would be drawn over other lines."""

_JOINERS = "\u200c\u200d"
_LINE_END = re.compile(r"\r\n|\r|\n")
_SPACES = re.compile(r" +")
_SGR = {
    "heading": "1;36",
    "bold": "1",
    "italic": "3",
    "code": "36",
    "dim": "2",
    "key": "1;36",
    "good": "32",
    "warn": "33",
    "bad": "31",
    "info": "34",
    "keyword": "35",
    "string": "32",
    "number": "36",
    "comment": "2",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Text without control characters, in one style: a name, or the parameters of an SGR sequence."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


def safe_lines(text: str) -> list[str]:
    """Return the lines of `text` with tabs expanded and everything else invisible made visible."""
    return [safe(line.expandtabs(TAB)) for line in _LINE_END.split(text)]


def safe(text: str) -> str:
    """Return `text` on one line; controls, ANSI escapes, bidi and surrogates become visible signs."""
    if text.isascii() and text.isprintable():
        return text
    marks = 0
    kept = []
    for char in text:
        marks = marks + 1 if wcwidth(char) == 0 else 0
        if marks <= MOST_MARKS:
            kept.append(_shown(char))
    return "".join(kept)


def own(text: str) -> str:
    """Return `text` on one line as running words: safe, with single spaces and no `▸` to forge."""
    return _SPACES.sub(" ", unmarked(safe(re.sub(r"\s", " ", text)))).strip()


def unmarked(text: str) -> str:
    """Return `text` without `▸`, which on a line of its own ends a reply."""
    return text.replace("▸", "▹")


def _shown(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return char


def width_of(text: str) -> int:
    """Return how many terminal cells `text`, made safe before, takes up."""
    return len(text) if text.isascii() else sum(max(wcwidth(char), 0) for char in text)


def wrap(spans: Iterable[Span], width: int | None, first: str = "", rest: str = "") -> list[Line]:
    """Return `spans` broken between words into lines of at most `width` cells.

    `first` opens the first line and `rest` every further one. A word longer than a line is cut.
    """
    lines: list[Line] = []
    line: list[Span] = []
    head, used = first, 0
    for word in _words(spans):
        size = sum(width_of(span.text) for span in word)
        if line and width is not None and width_of(head) + used + 1 + size > width:
            lines.append((Span(head), *line))
            head, line, used = rest, [], 0
        if line:
            line.append(Span(" "))
            used += 1
        *full, last = cut(word, None if width is None else width - width_of(head))
        for piece in full:
            lines.append((Span(head), *piece))
            head = rest
        line.extend(last)
        used += sum(width_of(span.text) for span in last)
    return [*lines, (Span(head), *line)]


def cut(spans: Iterable[Span], width: int | None) -> list[Line]:
    """Return `spans` cut wherever `width` cells are full; at least one line."""
    if width is None:
        return [tuple(spans)]
    lines: list[list[Span]] = [[]]
    left = width = max(width, 2)
    for span in spans:
        rest = span.text
        while rest:
            fit = _fitting(rest, left)
            if fit:
                lines[-1].append(Span(rest[:fit], span.style))
                left -= width_of(rest[:fit])
                rest = rest[fit:]
            if rest:
                lines.append([])
                left = width
    return [tuple(line) for line in lines]


def _fitting(text: str, width: int) -> int:
    """Return how many characters fit, up to a space if one is near."""
    fit = _most(text, width)
    space = text.rfind(" ", fit * 3 // 4, fit) if fit < len(text) else -1
    return fit if space < 0 else space + 1


def _most(text: str, width: int) -> int:
    if text.isascii():
        return min(len(text), width)
    used = 0
    for index, char in enumerate(text):
        used += max(wcwidth(char), 0)
        if used > width:
            return index
    return len(text)


def _words(spans: Iterable[Span]) -> Iterator[list[Span]]:
    word: list[Span] = []
    for span in spans:
        for number, piece in enumerate(span.text.split(" ")):
            if number and word:
                yield word
                word = []
            if piece:
                word.append(Span(piece, span.style))
    if word:
        yield word


def paint(line: Line, *, colour: bool) -> str:
    """Return `line` as a string, with ANSI styles only where `colour` is on."""
    if not colour:
        return "".join(span.text for span in line).rstrip()
    return "".join(
        f"\x1b[{_SGR.get(span.style, span.style)}m{span.text}\x1b[0m" if span.style else span.text
        for span in line
    )
