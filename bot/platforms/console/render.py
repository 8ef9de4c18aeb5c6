"""Renders a reply as lines of text for a terminal or a pipe; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from bot.platforms.console import art
from bot.platforms.console.blocks import block
from bot.platforms.console.cells import (
    Line,
    Span,
    cut,
    own,
    paint,
    safe_lines,
    unmarked,
    width_of,
    wrap,
)
from bot.platforms.console.markdown import inline, prose
from bot.platforms.console.menu import Keyed, assign_keys
from bot.tutor.drawing import Card, Formula
from bot.tutor.latex import latex_to_unicode
from bot.tutor.ports import Wording
from bot.tutor.reply import (
    Button,
    Choice,
    Code,
    Fields,
    File,
    Heading,
    Image,
    Link,
    Moment,
    Note,
    Part,
    Prose,
    Reply,
)

SIGNS = {"info": "i", "good": "✓", "warn": "!", "bad": "✗"}
MOST_LINES = 200
"""Lines of one block or file that are shown; the rest is counted."""

MOST_SHOWN = 1024 * 1024
"""A longer file, in bytes, is named and not shown: it could be one line."""

MOST_NAME_CELLS = 28


@dataclass(frozen=True, slots=True)
class Look:
    """How wide the screen is (None: lines are never broken), whether it has colour, and the words.

    `kept` tells where pictures and files were put; with `art` they are drawn in 24-bit colour.
    """

    width: int | None
    colour: bool
    say: Wording
    kept: Mapping[Image | File, Path] = field(default_factory=dict)
    art: bool = False


def render(reply: Reply, look: Look, keyed: Sequence[Keyed] | None = None) -> list[str]:
    """Return the lines of `reply`; `keyed` are its actions with their keys, else numbered here."""
    parts = _once(reply.parts)
    groups = [_part(part, look) for part in parts]
    if keyed is None:
        (keyed,) = assign_keys([reply])
    actions = _actions(keyed, look)
    lines: list[Line] = []
    for index, group in enumerate([*groups, actions]):
        close = index > 0 and _close(parts, index)
        if group and lines and not close:
            lines.append(())
        lines.extend(group)
    return [paint(line, colour=look.colour) for line in lines]


def _once(parts: Sequence[Part]) -> list[Part]:
    """Leave out a block that only begins what the file after it holds, and the note that says so."""
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, File):
            noted = bool(kept) and isinstance(kept[-1], Note)
            before = len(kept) - (2 if noted else 1)
            if before >= 0 and _begins(kept[before], part):
                del kept[before:]
        kept.append(part)
    return kept


def _begins(part: Part, file: File) -> bool:
    return (
        isinstance(part, Code)
        and bool(part.text)
        and file.data.startswith(part.text.encode(errors="replace"))
    )


def _close(parts: Sequence[Part], index: int) -> bool:
    """Tell whether the group at `index` follows its predecessor without a blank line."""
    if isinstance(parts[index - 1], Heading):
        return True
    return (
        index < len(parts) and isinstance(parts[index], Note) and isinstance(parts[index - 1], Note)
    )


def _part(part: Part, look: Look) -> list[Line]:
    match part:
        case Heading(text=text):
            return wrap([Span(own(text), "heading")], look.width)
        case Prose(markdown=markdown):
            return prose(markdown, look.width)
        case Code(text=text, lang=lang):
            return _bounded(text, lang, MOST_LINES, look)
        case Fields(pairs=pairs):
            return _fields(pairs, look.width)
        case Note() | Moment():
            return _note(*_said(part), look)
        case Image() | File():
            return _picture(part, look) if isinstance(part, Image) else _attached(part, look)


def _said(part: Note | Moment) -> tuple[str, str]:
    """Return the level and the text of a remark; a point in time is told in UTC."""
    if isinstance(part, Note):
        return part.level, part.text
    when = f"{part.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return "info", part.text.replace("{when}", when)


def _note(level: str, text: str, look: Look) -> list[Line]:
    lines: list[Line] = []
    for paragraph in text.splitlines() or [""]:
        spans = inline(paragraph)
        sign = Span(SIGNS[level] if not lines else " ", level)
        lines.extend(
            (sign if not number else Span(" "), *line)
            for number, line in enumerate(wrap(spans, _less(look.width, 1), " ", " "))
        )
    return lines


def _fields(pairs: Sequence[tuple[str, str]], width: int | None) -> list[Line]:
    names = [own(name) for name, _ in pairs]
    most = MOST_NAME_CELLS if width is None else min(MOST_NAME_CELLS, width // 2 - 4)
    column = min(max(map(width_of, names), default=0), most)
    lines: list[Line] = []
    for name, (_, value) in zip(names, pairs, strict=True):
        shown_name = name if width_of(name) <= most else _beginning(name, most - 1) + "…"
        pad = " " * (column - width_of(shown_name))
        indent = " " * (column + 4)
        shown = _value(value, _less(width, len(indent)))
        lines.append((Span("  "), Span(shown_name, "bold"), Span(pad + "  "), *shown[0]))
        lines.extend((Span(indent), *line) for line in shown[1:])
    return lines


def _beginning(text: str, width: int) -> str:
    return "".join(span.text for span in cut([Span(text)], width)[0])


def _value(text: str, width: int | None) -> list[Line]:
    """Return one line of text wrapped between words, several with their spaces as they are."""
    rows = safe_lines(text)
    if len(rows) == 1:
        return wrap([Span(own(text))], width)
    return [line for row in rows for line in cut([Span(unmarked(row))], width)]


def _picture(image: Image, look: Look) -> list[Line]:
    """Return the words of a picture, the picture itself where the screen has colours, its place."""
    if isinstance(image.drawing, Formula):
        return wrap([Span(own(latex_to_unicode(image.drawing.latex)))], look.width, "  ", "  ")
    title = getattr(image.drawing, "title", "")
    is_text = bool(title) and "\n" in image.alt
    words = look.say("[picture: {alt}]", alt=title if is_text else image.alt)
    caption = wrap([Span(own(words), "dim"), *_where(image, look)], look.width, "  ", "  ")
    text = block(image.alt, "text", look.width) if is_text else []
    return [*text, *_art(image, look), *(caption if _where(image, look) or not is_text else ())]


def _art(image: Image, look: Look) -> list[Line]:
    columns = look.width or 0
    if not (look.art and columns >= art.LEAST_COLUMNS):
        return []
    if isinstance(image.drawing, Card):
        return art.of_card(image.drawing, columns)
    return art.of_png(image.png, columns) if image.drawing is None else []


def _where(file: Image | File, look: Look) -> list[Span]:
    path = look.kept.get(file)
    return [Span(" → " + own(str(path)))] if path else []


def _attached(file: File, look: Look) -> list[Line]:
    where = _where(file, look)
    name = Span(f"{own(file.name)} ", "bold")
    lines = wrap([name, Span(f"({_size(len(file.data))})"), *where], look.width, "  ")
    text = _text_of(file)
    return [*lines, *_bounded(text, "text", MOST_LINES, look)] if text else lines


def is_shown_whole(part: Part) -> bool:
    """Tell whether the screen shows all there is to `part`."""
    if isinstance(part, File):
        text = _text_of(part)
        return text is not None and len(text.splitlines()) <= MOST_LINES
    return not isinstance(part, Image) or isinstance(part.drawing, Formula)


def _text_of(file: File) -> str | None:
    """Return what is in `file` if it is text to show, else None."""
    if len(file.data) > MOST_SHOWN:
        return None
    try:
        return file.data.decode()
    except UnicodeDecodeError:
        return None


def _bounded(text: str, lang: str, most: int, look: Look) -> list[Line]:
    kept = text.splitlines()[:most]
    left = len(text.splitlines()) - len(kept)
    lines = block("\n".join(kept) if left else text, lang, look.width)
    if left:
        more = look.say.plural("… {n} more line", "… {n} more lines", left)
        lines.append((Span("  " + own(more), "dim"),))
    return lines


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _actions(keyed: Sequence[Keyed], look: Look) -> list[Line]:
    """Return all that can be pressed, with a blank line around each choice."""
    lines: list[Line] = []
    before: Keyed | None = None
    for item in keyed:
        choice = isinstance(item.action, Choice)
        if before is not None and (choice or isinstance(before.action, Choice)):
            lines.append(())
        lines.extend(_action(item, look))
        before = item
    return lines


def _action(item: Keyed, look: Look) -> list[Line]:
    match item.action:
        case Button(label=label):
            return _option(item.keys[0], label, look)
        case Choice(placeholder=placeholder, options=options):
            lines = wrap([Span(own(placeholder))], look.width)
            for key, (label, _) in zip(item.keys, options, strict=True):
                lines.extend(_option(key, label, look))
            return lines
        case Link(label=label, url=url):
            return wrap([Span(f"{own(label)}: {own(url)}")], look.width, "  ", "  ")


def _option(key: str, label: str, look: Look) -> list[Line]:
    words = [_bare(span) for span in inline(label)]
    first, *others = wrap(words, _less(look.width, len(key) + 5))
    indent = " " * (len(key) + 5)
    return [
        (Span("  "), Span(f"[{key}]", "key"), Span(" "), *first),
        *((Span(indent), *line) for line in others),
    ]


def _bare(span: Span) -> Span:
    """Return code without its backticks: nobody should have to type them in order to press it."""
    return Span(span.text[1:-1], span.style) if span.style == "code" else span


def _less(width: int | None, by: int) -> int | None:
    return None if width is None else max(width - by, 8)
