"""What the tutor says: semantic parts and actions that every platform renders in its own way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.tutor.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Ref:
    """What a button means: a verb and short ids. It travels through the chat, so it is verified on return."""

    verb: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A title line."""

    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text in Markdown: paragraphs, lists, **bold**, *italic*, `code`; math is already Unicode."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text in a fixed-width block. `lang` is "python" for source and "text" for program output."""

    text: str
    lang: str = "python"


@dataclass(frozen=True, slots=True)
class Fields:
    """Short name and value pairs."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture; `alt` says the same in words.

    `drawing` is what it was drawn from, for a screen that does better with that than with pixels.
    """

    png: bytes
    alt: str
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file to download."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A short remark. The level is also carried by words, never by colour alone."""

    level: Literal["info", "good", "warn", "bad"]
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A sentence with a point in time where it says `{when}`, in the reader's own time if possible."""

    text: str
    at: datetime


Part = Heading | Prose | Code | Fields | Image | File | Note | Moment


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press."""

    label: str
    ref: Ref
    style: Literal["primary", "secondary", "success", "danger"] = "secondary"


@dataclass(frozen=True, slots=True)
class Choice:
    """Options to choose from: one of them, or with `many` any number before confirming.

    Picking several sends one `Pressed` with `ref` = the verb and args of the first option chosen,
    followed by the last argument of every further one.
    """

    placeholder: str
    options: tuple[tuple[str, Ref], ...]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link to the outside."""

    label: str
    url: str


Action = Button | Choice | Link


@dataclass(frozen=True, slots=True)
class Reply:
    """One message. Replies with the same `slot` replace each other in place.

    One without any parts takes away what stands in its slot. `channel` is where it goes if not to
    where it was asked for, and `reactions` are those that the tutor itself puts below it.
    """

    parts: tuple[Part, ...]
    actions: tuple[Action, ...] = ()
    visibility: Literal["public", "private"] = "private"
    slot: str | None = None
    channel: str | None = None
    reactions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormField:
    """One input of a form."""

    id: str
    label: str
    value: str = ""
    multiline: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """A form to fill in; it comes back as `Submitted` with the same `ref`."""

    title: str
    ref: Ref
    fields: tuple[FormField, ...]
