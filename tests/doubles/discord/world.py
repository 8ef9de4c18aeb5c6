"""The world of the double: people, servers, channels and what was said in them."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.doubles.discord.permissions import CHATTING, Permission, in_channel
from tests.doubles.discord.pulse import Pulse

if TYPE_CHECKING:
    from tests.doubles.discord.interactions import Asked

TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 11, 12
_THREADS = (PUBLIC_THREAD, PRIVATE_THREAD)
_EPOCH = 1420070400000

EPHEMERAL, LOADING, V2 = 1 << 6, 1 << 7, 1 << 15

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)

Payload = dict[str, Any]


class Ids:
    """Snowflakes: they carry the time, and every one is larger than all before."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        self._last = max(int(time.time() * 1000) - _EPOCH << 22, self._last + 1)
        return self._last

    def next_for_shard(self, shard: int) -> int:
        """Return one that is, as a server's, on this one of two shards."""
        self.next()
        while (self._last >> 22) % 2 != shard:
            self._last += 1 << 22
        return self._last


@dataclass(eq=False)
class Account:
    """Somebody with an account: a person or the bot."""

    id: int
    name: str
    locale: str = "en-US"
    bot: bool = False
    closed: bool = False
    """Takes no direct messages."""
    installed: bool = False
    """Has the application installed for themselves, and so has it everywhere."""


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: Permission


@dataclass(eq=False)
class Member:
    account: Account
    roles: set[Role] = field(default_factory=set)
    joined: datetime = LONG_AGO


@dataclass(eq=False)
class Upload:
    """A file as it is attached to a message."""

    id: int
    name: str
    data: bytes
    url: str
    alt: str | None = None
    kind: str = "application/octet-stream"
    embedded: bool = False
    """Shown in an embed, and so not listed below the message."""


@dataclass(eq=False)
class Message:
    id: int
    channel: "Channel"
    author: Account
    content: str = ""
    embeds: list[Payload] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    components: list[Payload] = field(default_factory=list)
    flags: int = 0
    kind: int = 0
    reference: "Message | None" = None
    only_for: Account | None = None
    asked: "Asked | None" = None
    reactions: dict[str, list[Account]] = field(default_factory=dict)
    edits: int = 0
    edited: datetime | None = None
    deleted: bool = False
    nonce: str | None = None

    def shown_to(self, account: Account) -> bool:
        if self.deleted or (self.only_for not in (None, account)):
            return False
        return Permission.VIEW_CHANNEL in in_channel(self.channel, account)

    def mentions(self, account: Account) -> bool:
        replied = self.reference is not None and self.reference.author is account
        return replied or re.search(rf"<@!?{account.id}>", self.content) is not None


@dataclass(eq=False)
class Channel:
    """A text channel, a thread or the direct messages of two."""

    id: int
    kind: int
    name: str
    world: "World"
    guild: "Guild | None" = None
    parent: "Channel | None" = None
    recipients: tuple[Account, ...] = ()
    owner: Account | None = None
    overwrites: dict[int, tuple[Permission, Permission]] = field(default_factory=dict)
    thread_members: dict[int, Account] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    archive_minutes: int = 1440
    messages: dict[int, Message] = field(default_factory=dict)
    typing: list[tuple[Account, float]] = field(default_factory=list)
    pulse: Pulse = field(default_factory=Pulse)

    @property
    def thread(self) -> bool:
        return self.kind in _THREADS

    @property
    def private(self) -> bool:
        return self.kind == PRIVATE_THREAD

    @property
    def threads(self) -> list["Channel"]:
        return [one for one in self.world.channels.values() if one.parent is self]

    def changed(self) -> None:
        self.pulse.beat()
        self.world.pulse.beat()


@dataclass(eq=False)
class Guild:
    id: int
    name: str
    world: "World"
    owner: Account
    locale: str = "en-US"
    everyone: Role = field(init=False)
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.everyone = Role(self.id, "@everyone", CHATTING)
        self.roles[self.id] = self.everyone
        self.members[self.owner.id] = Member(self.owner)

    @property
    def channels(self) -> list[Channel]:
        return [one for one in self.world.channels.values() if one.guild is self]

    @property
    def has_bot(self) -> bool:
        return self.world.bot.id in self.members

    def channel(self, name: str) -> Channel:
        """Return the channel of that name."""
        (found,) = [one for one in self.channels if one.name == name and not one.thread]
        return found

    def role(self, name: str) -> Role:
        (found,) = [one for one in self.roles.values() if one.name == name]
        return found


class World:
    """Everything that is, and how it is found."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.bot = Account(self.ids.next(), "Tensor Tutor", bot=True)
        self.application_id = self.bot.id
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.accounts: dict[int, Account] = {self.bot.id: self.bot}
        self.pulse = Pulse()

    @staticmethod
    def seconds() -> float:
        return time.monotonic()

    def guild_id(self) -> int:
        """Return an id for a new server; in turn on the one and on the other of two shards."""
        return self.ids.next_for_shard(len(self.guilds) % 2)

    def channel(self, kind: int, name: str, **more: Any) -> Channel:
        made = Channel(self.ids.next(), kind, name, self, **more)
        self.channels[made.id] = made
        return made

    def dm(self, account: Account) -> Channel:
        """Return the direct messages of `account` with the bot."""
        for one in self.channels.values():
            if one.kind == DM and account in one.recipients:
                return one
        return self.channel(DM, account.name, recipients=(account, self.bot))

    def everything(self) -> Iterator[Message]:
        for channel in self.channels.values():
            yield from channel.messages.values()

    def message(self, channel: Channel, message_id: int) -> Message | None:
        found = channel.messages.get(message_id)
        return None if found is None or found.deleted else found


def now() -> datetime:
    return datetime.now(UTC)
