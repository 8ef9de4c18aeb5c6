"""Lays pieces out on messages: as few embeds and messages as Discord's limits allow."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.platforms.discord.limits import (
    DESCRIPTION,
    EMBED_TEXT,
    EMBEDS,
    FIELDS,
    FILES,
    beginning,
    units,
)
from bot.platforms.discord.look import Look
from bot.platforms.discord.outgoing import Attachment, Outgoing
from bot.platforms.discord.pieces import (
    REST,
    Fence,
    Level,
    Pair,
    Picture,
    Piece,
    Title,
    Upload,
    Words,
)
from bot.platforms.discord.words import fence

COLOURS: dict[Level | None, int] = {
    None: 0xEE4C2C,
    "info": 0xEE4C2C,
    "good": 0x2ECC71,
    "warn": 0xF1C40F,
    "bad": 0xED4245,
}
"""Of an embed by its strongest remark; the remark's sign and words say the same."""

_STRENGTH: dict[Level | None, int] = {None: 0, "info": 0, "good": 1, "warn": 2, "bad": 3}
MOST_MESSAGES = 5
"""Messages of one reply; what is left of its text goes into a file."""

LEAST_ROOM = 400
"""Characters a message should have left for an embed with a title to begin on it."""

SPARE = 300
"""Characters of a message, beside one embed and one file, that are kept for what is said last."""


@dataclass(slots=True)
class _Group:
    """The embeds from one title to the next, which have one colour."""

    level: Level | None = None

    def note(self, level: Level | None) -> None:
        if _STRENGTH[level] > _STRENGTH[self.level]:
            self.level = level


@dataclass(slots=True)
class _Embed:
    """An embed in the making."""

    group: _Group
    title: str = ""
    text: str = ""
    pairs: list[Pair] = field(default_factory=list)
    picture: str = ""

    @property
    def takes_text(self) -> bool:
        """Whether a text would stand below all that is in it."""
        return not (self.pairs or self.picture)

    def payload(self) -> dict[str, Any]:
        """Return it in the form of Discord's API."""
        made = {
            "title": self.title,
            "description": self.text,
            "fields": [
                {"name": one.name, "value": one.value, "inline": one.is_short} for one in self.pairs
            ],
            "image": {"url": f"attachment://{self.picture}"} if self.picture else None,
        }
        return {"color": COLOURS[self.group.level]} | {k: v for k, v in made.items() if v}


@dataclass(slots=True)
class _Message:
    """A message in the making: `size` is that of its embeds' text, `weight` that of its files."""

    embeds: list[_Embed] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    size: int = 0
    weight: int = 0

    def takes(self, size: int, embeds: int = 0) -> bool:
        return self.size + size <= EMBED_TEXT - SPARE and len(self.embeds) + embeds < EMBEDS

    def takes_file(self, file: Attachment, most: int) -> bool:
        return self.weight + len(file.data) <= most and len(self.files) + 1 < FILES

    def begin(self, group: _Group, title: str = "") -> _Embed:
        self.embeds.append(_Embed(group, title))
        self.size += units(title)
        return self.embeds[-1]

    def attach(self, file: Attachment) -> None:
        self.files.append(file)
        self.weight += len(file.data)

    def outgoing(self) -> Outgoing:
        embeds = tuple(one.payload() for one in self.embeds)
        return Outgoing(embeds=embeds, files=tuple(self.files))


class Pages:
    """The messages of one reply, filled from the first to the last."""

    def __init__(self, look: Look, most_bytes: int) -> None:
        self._say = look.say
        self._most_bytes = most_bytes
        self._messages = [_Message()]
        self._group = _Group()
        self._later: list[Attachment] = []
        self._rest: list[str] = []
        self._missing = 0

    def outgoing(self, pieces: Iterable[Piece]) -> list[Outgoing]:
        """Return the messages that `pieces` make."""
        for piece in pieces:
            self._add(piece)
        self._finish()
        return [one.outgoing() for one in self._messages if one.embeds or one.files]

    @property
    def _last(self) -> _Message:
        return self._messages[-1]

    @property
    def _embed(self) -> _Embed | None:
        return self._last.embeds[-1] if self._last.embeds else None

    def _add(self, piece: Piece) -> None:
        match piece:
            case Pair():
                self._add_pair(piece)
            case Picture():
                self._add_picture(piece)
            case Upload(file=file):
                self._later.append(file)
            case Title() | Words() | Fence():
                self._add_text(piece)

    def _turn(self) -> bool:
        """Turn to a new message; return whether there may be one."""
        if len(self._messages) >= MOST_MESSAGES:
            return False
        self._messages.append(_Message())
        return True

    # Text -------------------------------------------------------------------------------------

    def _add_text(self, piece: Title | Words | Fence) -> None:
        match piece:
            case Title(text=text):
                self._begin(text)
            case Words(text=text, close=close, level=level):
                self._group.note(level)
                for part in split(text, DESCRIPTION):
                    self._write(part, "\n" if close else "\n\n")
            case Fence(text=text, lang=lang):
                for part in split(text, DESCRIPTION - units(fence("", lang))):
                    self._write(fence(part, lang), "\n")

    def _begin(self, title: str) -> None:
        """Begin an embed, and with it a group."""
        self._group = _Group()
        has_room = self._last.takes(units(title) + LEAST_ROOM, 1) or self._turn()
        if has_room and not self._rest:
            self._last.begin(self._group, title)
        else:
            self._rest.append(f"## {title}")

    def _write(self, text: str, gap: str) -> None:
        """Put a text that fits an embed below what is there, else in a new embed or message."""
        if self._rest:
            self._rest.append(text)
            return
        embed = self._embed
        added = gap + text if embed and embed.text else text
        size = units(added)
        if embed and embed.takes_text and self._fits(embed, size):
            embed.text += added
            self._last.size += size
        elif self._last.takes(units(text), 1) or self._turn():
            self._last.begin(self._group).text = text
            self._last.size += units(text)
        else:
            self._rest.append(text)

    def _fits(self, embed: _Embed, size: int) -> bool:
        return units(embed.text) + size <= DESCRIPTION and self._last.takes(size)

    def _add_pair(self, pair: Pair) -> None:
        size = units(pair.name) + units(pair.value)
        embed = self._embed
        if self._rest:
            self._rest.append(f"**{pair.name}** {pair.value}")
        elif embed and not embed.picture and len(embed.pairs) < FIELDS and self._last.takes(size):
            embed.pairs.append(pair)
            self._last.size += size
        elif self._last.takes(size, 1) or self._turn():
            self._last.begin(self._group).pairs.append(pair)
            self._last.size += size
        else:
            self._rest.append(f"**{pair.name}** {pair.value}")

    # Files ------------------------------------------------------------------------------------

    def _add_picture(self, picture: Picture) -> None:
        has_room = self._last.takes_file(picture.file, self._most_bytes) and (
            self._last.takes(units(picture.title), 1)
        )
        if not (has_room or self._turn()):
            self._missing += 1
            return
        embed = self._embed
        if embed is None or embed.picture or picture.title:
            embed = self._last.begin(self._group, picture.title)
        embed.picture = picture.file.name
        self._last.attach(picture.file)

    def _finish(self) -> None:
        """Add the files, and say what is not here."""
        if self._rest:
            room = max(self._most_bytes - self._last.weight, 0)
            data = "\n\n".join(self._rest).encode(errors="replace")[:room]
            self._missing += not data
            self._last.files += [Attachment(REST, data)] if data else []
            self._say_last("-# " + self._say("The rest is in {file}.", file=REST))
        for file in self._later:
            self._add_file(file)
        if self._missing:
            count = self._missing
            self._say_last("-# " + self._say.plural("… {n} more file", "… {n} more files", count))

    def _add_file(self, file: Attachment) -> None:
        fits = (one for one in self._messages if one.takes_file(file, self._most_bytes))
        message = next(fits, None) or (self._last if self._turn() else None)
        if message is None:
            self._missing += 1
        else:
            message.attach(file)

    def _say_last(self, text: str) -> None:
        """Say it where room was kept for that."""
        embed = self._embed
        if embed is None or not embed.takes_text or units(embed.text) > DESCRIPTION - SPARE:
            embed = self._last.begin(self._group)
        embed.text += f"\n{text}" if embed.text else text


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
