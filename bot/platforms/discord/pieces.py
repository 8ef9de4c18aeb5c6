"""What a message is put together from, once the tutor's parts have become Discord's."""

from dataclasses import dataclass
from typing import Literal

from bot.platforms.discord.outgoing import Attachment

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

    `level` is that of a remark, for the colour of the embed.
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
    """A field of an embed; a short one stands beside others."""

    name: str
    value: str
    is_short: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in an embed, under a title of its own if it has one."""

    file: Attachment
    title: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file beside the embeds."""

    file: Attachment


Piece = Title | Words | Fence | Pair | Picture | Upload
