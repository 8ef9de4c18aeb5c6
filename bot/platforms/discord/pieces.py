"""What a message is put together from, once the tutor's parts have become Discord's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.platforms.discord.outgoing import Attachment
from bot.platforms.discord.words import fence

Level = Literal["info", "good", "warn", "bad"]

REST = "more.md"
"""Name of the file with the text that no message had room for."""


@dataclass(frozen=True, slots=True)
class Title:
    """Begins an embed."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Discord's Markdown; `close` to what stands above it, without a blank line.

    `level` is that of a remark, for the colour of the embed; remarks stand close to one another.
    """

    text: str
    close: bool = False
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code that nothing in it can end."""

    text: str
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and its value, which is Discord's Markdown or, if `is_code`, what a fence takes.

    A short one stands beside others.
    """

    name: str
    value: str
    is_short: bool = False
    is_code: bool = False

    @property
    def in_field(self) -> str:
        return fence(self.value) if self.is_code else self.value

    @property
    def in_text(self) -> list["Words | Fence"]:
        """The pieces that say the same in the middle of a text."""
        if self.is_code:
            return [Words(f"**{self.name}**", close=True), Fence(self.value)]
        return [Words(f"**{self.name}** · {self.value}", close=True)]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names and values that belong together."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in an embed, under a title of its own if it has one."""

    file: Attachment
    title: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file beside the embeds."""

    file: Attachment


Piece = Title | Words | Fence | Pairs | Picture | Upload


def in_order(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces, with pairs as lines of text where fields would not do.

    Discord shows fields below all text of an embed, and puts those that are not short far apart.
    """
    for index, piece in enumerate(pieces):
        if isinstance(piece, Pairs) and not (_is_grid(piece) and _is_last(pieces, index)):
            yield from (one for pair in piece.pairs for one in pair.in_text)
        else:
            yield piece


def _is_grid(piece: Pairs) -> bool:
    return all(one.is_short or one.is_code for one in piece.pairs)


def _is_last(pieces: Sequence[Piece], index: int) -> bool:
    """Tell whether no text follows under the same title."""
    for piece in pieces[index + 1 :]:
        if isinstance(piece, Title):
            return True
        if isinstance(piece, Words | Fence):
            return False
    return True
