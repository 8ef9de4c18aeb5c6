"""Turns the parts of a reply into the pieces of a message, each within what Discord takes of one."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bot.platforms.discord.limits import ALT, FIELD_NAME, FIELD_VALUE, REQUEST_BYTES, TITLE, cut
from bot.platforms.discord.look import Look
from bot.platforms.discord.markdown import prose, width_of
from bot.platforms.discord.outgoing import Attachment
from bot.platforms.discord.pieces import (
    REST,
    Fence,
    Level,
    Pair,
    Pairs,
    Picture,
    Piece,
    Title,
    Upload,
    Words,
)
from bot.platforms.discord.words import fence, in_fence, one_line, paragraph, plain, safe
from bot.tutor.drawing import Card, Formula
from bot.tutor.latex import latex_to_unicode
from bot.tutor.reply import (
    Code,
    Fields,
    File,
    Heading,
    Image,
    Moment,
    Note,
    Part,
    Prose,
)

SIGNS: dict[Level, str] = {"info": "ℹ", "good": "✓", "warn": "⚠", "bad": "✗"}
MOST_CODE = 3600
"""Characters of a block of code that are shown; the whole is attached."""

MOST_PROSE = 12_000
MOST_NOTE = 4000
SHORT = 24
"""Columns of a field that leave room beside it for others; a letter of Hangul takes two."""

MOST_PAIRS = 100
NOTHING = "–"

_ENDINGS = {"python": "py"}
_KINDS = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"GIF8", "gif"), (b"RIFF", "webp"))
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_OVERHEAD = 256 * 1024
"""Bytes of a request that are not those of files."""


class Reading:
    """Reads the parts of one reply, whose attachments all need different names."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._say = look.say
        self._names = {REST}
        self.most_bytes = max(min(look.filesize_limit, REQUEST_BYTES - _OVERHEAD), 0)

    def pieces(self, parts: Iterable[Part]) -> Iterator[Piece]:
        """Yield the pieces of `parts` in order."""
        for part in parts:
            yield from self._pieces(part)

    def _pieces(self, part: Part) -> Iterator[Piece]:
        match part:
            case Code(text=text, lang=lang):
                yield from self._code(text, lang)
            case Fields(pairs=pairs):
                yield Pairs(tuple(pair(name, value) for name, value in pairs[:MOST_PAIRS]))
                yield from self._left_out(len(pairs) - MOST_PAIRS)
            case Image():
                yield from self._image(part)
            case File(name=name, data=data):
                yield from self._file(name, data)
            case Prose(markdown=markdown):
                yield from self._prose(markdown)
            case Heading() | Note() | Moment():
                yield said(part)

    def _left_out(self, count: int) -> Iterator[Piece]:
        if count > 0:
            more = self._say.plural("… {n} more line", "… {n} more lines", count)
            yield Words(f"-# {more}", close=True)

    def _prose(self, markdown: str) -> Iterator[Piece]:
        yield from prose(markdown[:MOST_PROSE])
        if len(markdown) > MOST_PROSE:
            yield from self._whole("text.md", markdown)

    def _code(self, text: str, lang: str) -> Iterator[Piece]:
        shown = in_fence(beginning_of(text.rstrip("\n"), MOST_CODE))
        if shown.strip():
            yield Fence(shown, _ENDINGS.get(lang, ""))
        if len(text) > MOST_CODE:
            yield from self._whole(f"code.{_ENDINGS.get(lang, 'txt')}", text)

    def _whole(self, name: str, text: str) -> Iterator[Piece]:
        """Yield a text that is shown in part as a file, with the words that point to it."""
        data = text[: self.most_bytes].encode(errors="replace")[: self.most_bytes]
        if not data:
            return
        upload = self._upload(name, data)
        yield Words("-# " + self._say("All of it is in {file}.", file=upload.file.name), close=True)
        yield upload

    # Files ------------------------------------------------------------------------------------

    def _image(self, image: Image) -> Iterator[Piece]:
        formula, card = image.drawing, image.drawing
        alt = latex_to_unicode(formula.latex) if isinstance(formula, Formula) else image.alt
        words = safe(alt).strip()
        if not 0 < len(image.png) <= self.most_bytes:
            yield Words("-# " + plain(one_line(self._say("[picture: {alt}]", alt=words[:ALT]))))
            return
        name = self._name(f"picture.{_kind(image.png)}")
        title = one_line(f"{card.title} · {card.aside}") if isinstance(card, Card) else ""
        file = Attachment(name, image.png, cut(words, ALT))
        yield Picture(file, cut(plain(title).strip(" ·"), TITLE))

    def _file(self, name: str, data: bytes) -> Iterator[Piece]:
        if 0 < len(data) <= self.most_bytes:
            yield self._upload(name, data)
            return
        shown = plain(one_line(name[:100])) or NOTHING
        if not data:
            text = self._say("{file} is empty.", file=shown)
            yield Words(f"{SIGNS['info']} {text}", level="info")
            return
        text = self._say(
            "{file} is too large to send: it has {size}, and {most} fit here.",
            file=shown,
            size=megabytes(len(data)),
            most=megabytes(self.most_bytes),
        )
        yield Words(f"{SIGNS['warn']} {text}", level="warn")

    def _upload(self, name: str, data: bytes) -> Upload:
        return Upload(Attachment(self._name(name), data))

    def _name(self, wanted: str) -> str:
        """Return a name that can stand in an address, and that no other file of the reply has."""
        stem, dot, ending = _NOT_IN_NAMES.sub("_", safe(wanted[-80:])).rpartition(".")
        stem, ending = (stem, dot + ending[:20]) if dot else (ending, "")
        stem = stem.strip("._-") or "file"
        name, number = stem + ending, 1
        while name.casefold() in self._names:
            number += 1
            name = f"{stem}-{number}{ending}"
        self._names.add(name.casefold())
        return name


def _kind(data: bytes) -> str:
    return next((kind for start, kind in _KINDS if data.startswith(start)), "png")


def beginning_of(text: str, most: int) -> str:
    """Return whole lines from the beginning of `text`, or a part of the first if that is longer."""
    if len(text) <= most:
        return text
    lines, _, _ = text[:most].rpartition("\n")
    return lines or text[:most]


def pair(name: str, value: str) -> Pair:
    """Return a field: one line of text as it is, several with their spaces kept."""
    shown_name = cut(plain(one_line(name[: 2 * FIELD_NAME])), FIELD_NAME) or NOTHING
    text = safe(value[: 2 * FIELD_VALUE]).strip("\n")
    if "\n" in text:
        code = cut(in_fence(text), FIELD_VALUE - len(fence("")))
        return Pair(shown_name, code, is_code=True)
    shown = cut(plain(one_line(text)), FIELD_VALUE) or NOTHING
    return Pair(shown_name, shown, is_short=max(map(width_of, (shown_name, shown))) <= SHORT)


def said(part: Heading | Note | Moment) -> Title | Words:
    """Return a title, a remark under its sign, or a sentence with a point in time."""
    match part:
        case Heading(text=text):
            return Title(cut(plain(one_line(text[: 2 * TITLE])), TITLE) or NOTHING)
        case Note(level=level, text=text):
            return Words(f"{SIGNS[level]} {_remark(text)}", level=level)
        case Moment(text=text, at=at):
            return Words(_remark(text).replace("{when}", moment(at)), level="info")


def _remark(text: str) -> str:
    lines = [paragraph(line) for line in safe(text[:MOST_NOTE]).split("\n")]
    return "\n".join(line for line in lines if line) or NOTHING


def moment(at: datetime) -> str:
    """Return a point in time, which Discord shows in the reader's own, and how far it is."""
    seconds = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    return f"<t:{seconds}:F> (<t:{seconds}:R>)"


def megabytes(size: int) -> str:
    """Return a number of bytes as people say it."""
    return f"{size / 1024 / 1024:.1f} MiB" if size >= 1024 * 1024 else f"{-(-size // 1024)} KiB"
