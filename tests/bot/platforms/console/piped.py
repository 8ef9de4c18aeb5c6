"""A console over a pipe with a tutor that says what it was told."""

import asyncio
import gettext
import io
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from bot.locales import Words
from bot.platforms.console.app import Console
from bot.platforms.console.lines import LineSource
from bot.platforms.console.pipe import talk_over_pipe
from bot.tutor.event import CodePosted, Command, Event, Pressed, Submitted
from bot.tutor.reply import Button, Choice, Form, FormField, Note, Prose, Ref, Reply

ENGLISH = Words("en", gettext.NullTranslations())
OPTIONS = Choice(
    "All:", (("Red", Ref("pick", ("red",))), ("Blue", Ref("pick", ("blue",)))), many=True
)


@dataclass
class ScriptedTutor:
    """Answers every event with a line that names it, and with whatever the test scripts."""

    events: list[Event] = field(default_factory=list)
    actions: tuple[Button | Choice, ...] = (
        Button("Go on", Ref("go", ("2",))),
        Button("Answer", Ref("type", ("q",))),
        Button("Write", Ref("write")),
        OPTIONS,
    )
    wait: asyncio.Event | None = None
    fail: bool = False
    stoppable: bool = True

    def form_for(self, ref: Ref) -> Form | None:
        if ref.verb == "type":
            return Form("Answer the question", ref, (FormField("answer", "A number"),))
        if ref.verb == "write":
            return Form("Write", ref, (FormField("code", "Your code", multiline=True),))
        return None

    async def handle(self, event: Event) -> AsyncIterator[Reply]:
        self.events.append(event)
        if self.fail:
            raise RuntimeError("broken inside")
        if event == Pressed(actor=event.actor, place=event.place, key=event.key, ref=Ref("stop")):
            if self.stoppable and self.wait is not None:
                self.wait.set()
            yield Reply((Note("info", "Stopping …"),))
            return
        if isinstance(event, CodePosted) and self.wait is not None:
            for number in range(3):
                waiting = (Prose(f"interim {number}"),)
                stop = (Button("Stop", Ref("stop")),) if self.stoppable else ()
                yield Reply(waiting, stop, slot="run")
            await self.wait.wait()
        yield Reply((Prose(said(event)),), self.actions, slot="run")


def said(event: Event) -> str:
    match event:
        case Command(verb=verb, args=args):
            return f"command {verb} {' '.join(args)}".strip()
        case CodePosted(cells=cells):
            return f"code {'; '.join(cells)}"
        case Pressed(ref=ref):
            return f"pressed {ref.verb} {' '.join(ref.args)}"
        case Submitted(ref=ref, values=values):
            return f"submitted {ref.verb} {values}"
        case _:
            return "other"


@dataclass
class Piped:
    """A console over a pipe: `feed` writes to it, `text` is what it wrote."""

    tutor: ScriptedTutor
    console: Console
    out: io.StringIO
    source: LineSource
    write_end: int

    def feed(self, text: str | bytes, *, end: bool = True) -> None:
        os.write(self.write_end, text.encode() if isinstance(text, str) else text)
        if end:
            self.end()

    def end(self) -> None:
        if self.write_end >= 0:
            os.close(self.write_end)
        self.write_end = -1

    async def run(self, *, newcomer: bool = False) -> int:
        return await self.console.run(
            lambda console: talk_over_pipe(console, self.source), newcomer=newcomer
        )

    @property
    def answers(self) -> list[str]:
        """What was said before each end mark, the greeting left out."""
        pieces = self.out.getvalue().split("▸\n")
        assert pieces[-1] == ""
        return pieces[1:-1]


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that another task brings about."""
    while not true():
        await asyncio.sleep(0.001)
