"""What goes out to Discord as plain data: one message with its embeds, files and rows of controls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to upload; `alt` says in words what a picture shows."""

    name: str
    data: bytes
    alt: str = ""


@dataclass(frozen=True, slots=True)
class ButtonItem:
    """A button that comes back with its `custom_id`."""

    label: str
    custom_id: str
    style: Literal["primary", "secondary", "success", "danger"] = "secondary"
    emoji: str | None = None


@dataclass(frozen=True, slots=True)
class LinkItem:
    """A button that opens an address, and comes back to nobody."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a select; its `value` is the custom id of what choosing it means."""

    label: str
    value: str
    description: str = ""
    emoji: str | None = None


@dataclass(frozen=True, slots=True)
class SelectItem:
    """A list to choose at least `least` and at most `most` options from; a row of its own."""

    custom_id: str
    placeholder: str
    options: tuple[Option, ...]
    least: int = 1
    most: int = 1


Component = ButtonItem | LinkItem | SelectItem
Row = tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, within every limit that Discord sets for one.

    `embeds` are in the form of Discord's API; a picture in them is the file of that name.
    """

    content: str = ""
    embeds: tuple[Mapping[str, Any], ...] = ()
    files: tuple[Attachment, ...] = ()
    rows: tuple[Row, ...] = ()
    reactions: tuple[str, ...] = ()
