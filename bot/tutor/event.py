"""What learners do: events that every platform translates its own traffic into."""

from dataclasses import dataclass, field
from typing import Literal

from bot.tutor.reply import Ref


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `locale` is what their platform says they speak, if it says so."""

    platform: str
    user_id: str
    name: str
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened."""

    kind: Literal["terminal", "dm", "thread", "server"]
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
    """A verb with its arguments: `/learn tensors-101`."""

    verb: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePosted(_Event):
    """Code to run in the poster's session, one string a cell."""

    cells: tuple[str, ...]
    stdin: str = ""


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
    """A reaction was added to one of the tutor's messages."""

    emoji: str


Event = Command | CodePosted | CodeEdited | SourceDeleted | Pressed | Submitted | Reacted
