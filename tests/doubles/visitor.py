"""A learner of flesh and blood, as far as tests need one: says verbs, presses what is on screen."""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.tutor.event import (
    Actor,
    CodeEdited,
    CodePosted,
    Command,
    Event,
    MessageKey,
    Place,
    Pressed,
    Said,
    SourceDeleted,
    Submitted,
)
from bot.tutor.reply import (
    Action,
    Button,
    Choice,
    Code,
    Fields,
    File,
    Form,
    Heading,
    Image,
    Moment,
    Note,
    Part,
    Prose,
    Ref,
    Reply,
)
from bot.tutor.tutor import Tutor


class Minutes:
    """A clock on which a minute passes at every look."""

    def __init__(self) -> None:
        self._looks = count()

    def now(self) -> datetime:
        look = next(self._looks)
        return datetime(2026, 3, 1, look // 60 % 24, look % 60, tzinfo=UTC)


@dataclass
class Background:
    """Collects background work, for the test to do when it likes."""

    work: list[Coroutine[Any, Any, None]] = field(default_factory=list)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        self.work.append(work)

    async def do(self) -> None:
        while self.work:
            await self.work.pop(0)

    def drop(self) -> None:
        while self.work:
            self.work.pop().close()


class Visitor:
    """Talks to a tutor; `seen` is the last reply, `replies` all of the last answer."""

    def __init__(
        self,
        tutor: Tutor,
        name: str = "ada",
        locale: str | None = None,
        place: Place | None = None,
    ) -> None:
        self.tutor = tutor
        self._actor = Actor("console", name, name, locale)
        self._place = place or Place(kind="terminal")
        self._ids = count(1)
        self.replies: list[Reply] = []

    @property
    def seen(self) -> Reply:
        return self.replies[-1]

    @property
    def text(self) -> str:
        """All words of the last reply, one part a line."""
        return "\n".join(map(words_of, self.seen.parts))

    @property
    def labels(self) -> list[str]:
        return [label for label, _ in offers(self.seen.actions)]

    async def says(self, verb: str, *args: str) -> str:
        return await self._do(Command(verb=verb, args=args, **self._where()))

    async def writes(self, text: str) -> str:
        """Say something in running text."""
        return await self._do(Said(text=text, **self._where()))

    async def deletes(self, message: str) -> None:
        """Delete a message."""
        where = self._where() | {"key": MessageKey("console", "here", message)}
        await self._do(SourceDeleted(**where))

    async def runs_of_another(self, *cells: str, stdin: str = "") -> str:
        """Run somebody else's message."""
        event = CodePosted(cells=cells, stdin=stdin, own=False, **self._where())
        return await self._do(event)

    async def posts(self, *cells: str, stdin: str = "") -> str:
        return await self._do(CodePosted(cells=cells, stdin=stdin, **self._where()))

    async def posts_message(self, *cells: str) -> str:
        """Post code and return the id of the message."""
        where = self._where()
        await self._do(CodePosted(cells=cells, **where))
        return str(where["key"].message_id)

    async def edits(self, message: str, *cells: str) -> str:
        """Edit a message; return the words of the answer, or nothing where there is none."""
        where = self._where() | {"key": MessageKey("console", "here", message)}
        return await self._do(CodeEdited(cells=cells, **where))

    async def presses(self, *labels: str) -> str:
        """Press what is so labelled; several labels are options of one choice."""
        on_screen = dict(reversed(offers(self.seen.actions)))
        first, *others = [on_screen[label] for label in labels]
        return await self.sends(Ref(first.verb, (*first.args, *(ref.args[-1] for ref in others))))

    async def sends(self, ref: Ref) -> str:
        """Press a button that need not be on screen."""
        return await self._do(Pressed(ref=ref, **self._where()))

    async def form_behind(self, label: str) -> Form:
        """Press what opens a form, filled with what is known of whoever presses."""
        form = await self.tutor.form(dict(offers(self.seen.actions))[label], self._actor)
        assert form is not None
        return form

    async def fills(self, label: str, typed: str) -> str:
        """Press what opens a form, and fill in its one field."""
        form = self.tutor.form_for(dict(offers(self.seen.actions))[label])
        assert form is not None
        (one,) = form.fields
        return await self.submits(form.ref, {one.id: typed})

    async def submits(self, ref: Ref, values: Mapping[str, str]) -> str:
        return await self._do(Submitted(ref=ref, values=dict(values), **self._where()))

    async def _do(self, event: Event) -> str:
        self.replies = [reply async for reply in self.tutor.handle(event)]
        return self.text if self.replies else ""

    def _where(self) -> dict[str, Any]:
        key = MessageKey("console", "here", str(next(self._ids)))
        return {"actor": self._actor, "place": self._place, "key": key}


def offers(actions: tuple[Action, ...]) -> list[tuple[str, Ref]]:
    """Return the labels that can be pressed, with what they mean."""
    found: list[tuple[str, Ref]] = []
    for action in actions:
        match action:
            case Button(label=label, ref=ref):
                found.append((label, ref))
            case Choice(options=options):
                found.extend(options)
            case _:
                pass
    return found


def words_of(part: Part) -> str:
    match part:
        case Heading(text=text) | Note(text=text) | Code(text=text):
            return text
        case Prose(markdown=markdown):
            return markdown
        case Fields(pairs=pairs):
            return "\n".join(f"{name}: {value}" for name, value in pairs)
        case Moment(text=text, at=at):
            return text.replace("{when}", at.isoformat())
        case Image(alt=alt):
            return f"[{alt}]"
        case File(name=name):
            return f"<{name}>"
