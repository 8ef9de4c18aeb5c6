"""Lays pieces out on messages: as few embeds and messages as Discord's limits allow."""

from collections.abc import Iterable

from bot.platforms.discord.limits import DESCRIPTION, split, units
from bot.platforms.discord.look import Look
from bot.platforms.discord.making import SPARE, Embed, Group, Kind, Message
from bot.platforms.discord.outgoing import Attachment, Outgoing
from bot.platforms.discord.pieces import (
    REST,
    Fence,
    Pair,
    Pairs,
    Picture,
    Piece,
    Title,
    Upload,
    Words,
)
from bot.platforms.discord.words import fence

MOST_MESSAGES = 5
"""Messages of one reply; what is left of its text goes into a file."""

LEAST_ROOM = 400
"""Characters a message should have left for an embed with a title to begin on it."""


class Pages:
    """The messages of one reply, filled from the first to the last."""

    def __init__(self, look: Look, most_bytes: int) -> None:
        self._say = look.say
        self._most_bytes = most_bytes
        self._messages = [Message()]
        self._group = Group()
        self._before: Kind = "words"
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
    def _last(self) -> Message:
        return self._messages[-1]

    @property
    def _embed(self) -> Embed | None:
        return self._last.embeds[-1] if self._last.embeds else None

    def _add(self, piece: Piece) -> None:
        match piece:
            case Pairs(pairs=pairs):
                for pair in pairs:
                    self._add_pair(pair)
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
        self._messages.append(Message())
        return True

    # Text -------------------------------------------------------------------------------------

    def _add_text(self, piece: Title | Words | Fence) -> None:
        match piece:
            case Title(text=text):
                self._begin(text)
            case Words(text=text, close=close, level=level):
                self._group.note(level)
                kind: Kind = "remark" if level else "words"
                close = close or self._before == "fence" or self._before == kind == "remark"
                for part in split(text, DESCRIPTION):
                    self._write(part, "\n" if close else "\n\n", kind)
            case Fence(text=text, lang=lang):
                for part in split(text, DESCRIPTION - units(fence("", lang))):
                    self._write(fence(part, lang), "\n", "fence")

    def _begin(self, title: str) -> None:
        """Begin an embed, and with it a group."""
        self._group = Group()
        has_room = self._last.takes(units(title) + LEAST_ROOM, 1) or self._turn()
        if has_room and not self._rest:
            self._last.begin(self._group, title)
        else:
            self._rest.append(f"## {title}")

    def _write(self, text: str, gap: str, kind: Kind) -> None:
        """Put a text that fits an embed below what is there, else in a new embed or message."""
        self._before = kind
        if self._rest:
            self._rest.append(text)
            return
        embed = self._embed
        added = gap + text if embed and embed.text else text
        size = units(added)
        if embed and embed.takes(kind, size) and self._last.takes(size):
            self._last.write(embed, added)
        elif self._last.takes(units(text), 1) or self._turn():
            self._last.write(self._last.begin(self._group), text)
        else:
            self._rest.append(text)

    def _add_pair(self, pair: Pair) -> None:
        size = units(pair.name) + units(pair.in_field)
        embed = self._embed
        if self._rest:
            self._rest.append(f"**{pair.name}** {pair.in_field}")
        elif embed and embed.takes_pair and self._last.takes(size):
            self._last.list(embed, pair)
        elif self._last.takes(size, 1) or self._turn():
            self._last.list(self._last.begin(self._group), pair)
        else:
            self._rest.append(f"**{pair.name}** {pair.in_field}")

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
        embed.picture, embed.is_card = picture.file.name, bool(picture.title)
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
        if embed is None or not embed.takes("words", SPARE):
            embed = self._last.begin(self._group)
        embed.text += f"\n{text}" if embed.text else text
