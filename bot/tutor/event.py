"""What learners do: events that every platform translates its own traffic into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.tutor.reply import Note, Ref


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `locale` is what their platform says they speak, if it says so.

    `manages` tells that they may manage the server in which it happened, `roles` what they are there.
    """

    platform: str
    user_id: str
    name: str
    locale: str | None = None
    manages: bool = False
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened: `thread` is the learner's own, `guest` where the tutor itself is not.

    `guest` is a server or group in which the learner has brought the tutor along as their own app.
    """

    kind: Literal["terminal", "dm", "thread", "server", "guest"]
    server_id: str = ""
    channel_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageKey:
    """The message it happened to, unique within a platform."""

    platform: str
    channel_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    actor: Actor
    place: Place
    key: MessageKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(_Event):
    """A verb with its arguments: `/learn tensors-101`.

    `options` are those that have names, and `observed` is what the platform adds to the answer
    because only it can know.
    """

    verb: str
    args: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    observed: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePosted(_Event):
    """Code to run, one string a cell: in the poster's session, or if not their `own` in a fresh one."""

    cells: tuple[str, ...]
    stdin: str = ""
    own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(_Event):
    """Running text without code blocks, to the tutor alone: in a DM, a thread of its own, a mention."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEdited(_Event):
    """A message that had been posted as code was edited; `cells` is what it holds now."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDeleted(_Event):
    """A message with code was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(_Event):
    """A button or option was pressed."""

    ref: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted(_Event):
    """A form came back; `values` by field id."""

    ref: Ref
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted(_Event):
    """A reaction was added to the tutor's message in `slot`, or taken away from it."""

    emoji: str
    slot: str = ""
    added: bool = True


Event = Command | Said | CodePosted | CodeEdited | SourceDeleted | Pressed | Submitted | Reacted
