"""What users ask of the bot by command, button, select or form, and what became of it."""

import secrets
import time
from dataclasses import dataclass, field

from tests.doubles.discord import message_payloads, payloads
from tests.doubles.discord.permissions import in_channel
from tests.doubles.discord.pulse import Pulse, until
from tests.doubles.discord.world import DM, LOADING, Account, Channel, Message, Payload, World

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9

ACKNOWLEDGE_SECONDS = 3.0
TOKEN_SECONDS = 900.0
GUEST_FOLLOWUPS = 5


@dataclass(frozen=True)
class Field:
    """One input of a form, as its user sees it."""

    id: str
    label: str
    value: str
    required: bool
    multiline: bool
    longest: int
    shortest: int


@dataclass(frozen=True)
class Modal:
    """A form on somebody's screen."""

    id: str
    title: str
    fields: tuple[Field, ...]
    asked: "Asked"

    def field(self, label: str) -> Field:
        (found,) = [one for one in self.fields if one.label == label]
        return found


@dataclass(eq=False)
class Asked:
    """One interaction: who asked what, and how the bot has answered so far."""

    id: int
    kind: int
    person: Account
    channel: Channel
    data: Payload
    source: Message | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    began: float = field(default_factory=time.monotonic)
    expired: bool = False
    answer: int | None = None
    acknowledged_after: float | None = None
    original: Message | None = None
    messages: list[Message] = field(default_factory=list)
    followups: int = 0
    choices: list[Payload] = field(default_factory=list)
    modal: Modal | None = None
    pulse: Pulse = field(default_factory=Pulse)

    @property
    def guest(self) -> bool:
        """Asked in a server in which the bot is not."""
        return self.channel.guild is not None and not self.channel.guild.has_bot

    @property
    def open(self) -> bool:
        """The token can still be used."""
        return not self.expired and time.monotonic() - self.began < TOKEN_SECONDS

    def expire(self) -> None:
        """Let the token die now, as it would by itself after a quarter of an hour."""
        self.expired = True

    def answered(self, kind: int) -> None:
        self.answer = kind
        self.acknowledged_after = time.monotonic() - self.began
        self.pulse.beat()

    async def acknowledged(self, seconds: float = ACKNOWLEDGE_SECONDS + 1) -> "Asked":
        await until(self.pulse, lambda: self.answer is not None, seconds, lambda: f"{self} failed")
        return self

    async def shows_form(self, seconds: float = ACKNOWLEDGE_SECONDS + 1) -> Modal:
        """Return the form that it opened."""
        await self.acknowledged(seconds)
        assert self.modal is not None, f"{self} opened no form but answered with {self.answer}"
        return self.modal

    async def reply(self, seconds: float = 15.0) -> Message:
        """Return the first message that it led to, once there is something in it."""

        def found() -> Message | None:
            ready = [one for one in self.messages if not one.flags & LOADING and not one.deleted]
            return ready[0] if ready else None

        one = await until(self.pulse, found, seconds, lambda: f"no reply to {self}")
        assert isinstance(one, Message)
        return one

    def __str__(self) -> str:
        what = self.data.get("name") or self.data.get("custom_id")
        return f"interaction {what!r} of {self.person.name} in {self.channel.name}"


def payload(asked: Asked, world: World) -> Payload:
    """Return what the bot is told of an interaction."""
    person, channel, guild = asked.person, asked.channel, asked.channel.guild
    owners = {"0": str(guild.id if guild else 0)} if not asked.guest else {}
    found: Payload = {
        "id": str(asked.id),
        "application_id": str(world.application_id),
        "type": asked.kind,
        "token": asked.token,
        "version": 1,
        "data": asked.data,
        "channel_id": str(channel.id),
        "channel": payloads.partial_channel(channel, person),
        "locale": person.locale,
        "app_permissions": payloads.app_permissions(channel),
        "entitlements": [],
        "attachment_size_limit": 10 << 20,
        "context": 1 if channel.kind == DM else 0,
        "authorizing_integration_owners": owners
        | ({"1": str(person.id)} if person.installed else {}),
    }
    if asked.source is not None and asked.kind != COMMAND:
        found["message"] = message_payloads.message(asked.source)
    if guild is None:
        return found | {"user": payloads.user(person)}
    permissions = str(int(in_channel(channel, person)))
    return found | {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": payloads.full_member(guild, person) | {"permissions": permissions},
    }


def modal_of(asked: Asked, data: Payload) -> Modal:
    """Return the form that `data` describes, as `asked`'s user sees it."""
    fields = [
        _field(one, part.get("label") or one.get("label", ""))
        for part in data["components"]
        for one in part.get("components", [part.get("component", {})])
        if one.get("type") == 4
    ]
    return Modal(data["custom_id"], data["title"], tuple(fields), asked)


def _field(one: Payload, label: str) -> Field:
    return Field(
        id=one["custom_id"],
        label=label,
        value=one.get("value") or "",
        required=one.get("required", True),
        multiline=one["style"] == 2,
        longest=one.get("max_length") or 4000,
        shortest=one.get("min_length") or 0,
    )
