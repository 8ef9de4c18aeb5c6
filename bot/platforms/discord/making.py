"""A message in the making: its embeds and files, and how much room is left for more."""

from dataclasses import dataclass, field
from typing import Any, Literal

from bot.platforms.discord.limits import DESCRIPTION, EMBED_TEXT, EMBEDS, FIELDS, FILES, units
from bot.platforms.discord.outgoing import Attachment, Outgoing
from bot.platforms.discord.pieces import Level, Pair

COLOURS: dict[Level | None, int] = {
    None: 0xEE4C2C,
    "info": 0xEE4C2C,
    "good": 0x2ECC71,
    "warn": 0xF1C40F,
    "bad": 0xED4245,
}
"""Of an embed by its strongest remark; the remark's sign and words say the same."""

_STRENGTH: dict[Level | None, int] = {None: 0, "info": 0, "good": 1, "warn": 2, "bad": 3}
SPARE = 300
"""Characters of a message, beside one embed and one file, that are kept for what is said last."""

Kind = Literal["words", "remark", "fence"]


@dataclass(slots=True)
class Group:
    """The embeds from one title to the next, which have one colour."""

    level: Level | None = None

    def note(self, level: Level | None) -> None:
        if _STRENGTH[level] > _STRENGTH[self.level]:
            self.level = level


@dataclass(slots=True)
class Embed:
    """An embed in the making."""

    group: Group
    title: str = ""
    text: str = ""
    pairs: list[Pair] = field(default_factory=list)
    picture: str = ""
    is_card: bool = False

    def takes(self, kind: Kind, size: int) -> bool:
        """Tell whether a text fits, and belongs below all there is or above a picture with a title."""
        belongs = not self.picture or (self.is_card and kind == "fence")
        return belongs and not self.pairs and units(self.text) + size <= DESCRIPTION

    @property
    def takes_pair(self) -> bool:
        return not self.picture and len(self.pairs) < FIELDS

    def payload(self) -> dict[str, Any]:
        """Return it in the form of Discord's API."""
        made = {
            "title": self.title,
            "description": self.text,
            "fields": [
                {"name": one.name, "value": one.in_field, "inline": one.is_short}
                for one in self.pairs
            ],
            "image": {"url": f"attachment://{self.picture}"} if self.picture else None,
        }
        return {"color": COLOURS[self.group.level]} | {k: v for k, v in made.items() if v}


@dataclass(slots=True)
class Message:
    """A message in the making: `size` is that of its embeds' text, `weight` that of its files."""

    embeds: list[Embed] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    size: int = 0
    weight: int = 0

    def takes(self, size: int, embeds: int = 0) -> bool:
        return self.size + size <= EMBED_TEXT - SPARE and len(self.embeds) + embeds < EMBEDS

    def takes_file(self, file: Attachment, most: int) -> bool:
        return self.weight + len(file.data) <= most and len(self.files) + 1 < FILES

    def begin(self, group: Group, title: str = "") -> Embed:
        self.embeds.append(Embed(group, title))
        self.size += units(title)
        return self.embeds[-1]

    def write(self, embed: Embed, text: str) -> None:
        embed.text += text
        self.size += units(text)

    def list(self, embed: Embed, pair: Pair) -> None:
        embed.pairs.append(pair)
        self.size += units(pair.name) + units(pair.in_field)

    def attach(self, file: Attachment) -> None:
        self.files.append(file)
        self.weight += len(file.data)

    def outgoing(self) -> Outgoing:
        embeds = tuple(one.payload() for one in self.embeds)
        return Outgoing(embeds=embeds, files=tuple(self.files))
