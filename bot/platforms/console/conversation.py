"""Holds one learner's side of the console: turns what is typed into events for the tutor."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from bot.platforms.console.filling import Filling
from bot.platforms.console.menu import Menu, TooMany
from bot.platforms.console.reader import Verb, read_verb
from bot.tutor.event import Actor, CodePosted, Command, Event, MessageKey, Place, Pressed, Submitted
from bot.tutor.fences import Code, Entry, Typed
from bot.tutor.help import what_is_stored
from bot.tutor.ports import Wording
from bot.tutor.reply import Code as CodePart
from bot.tutor.reply import Form, FormField, Heading, Note, Prose, Ref, Reply

MOST_KEY_CHARS = 3
"""Text this short is taken for a key that is not there, rather than for words."""

_PLACE = Place(kind="terminal")


class Tutor(Protocol):
    """What the console needs of the tutor."""

    def form_for(self, ref: Ref) -> Form | None: ...

    def handle(self, event: Event) -> AsyncIterator[Reply]: ...


class Conversation:
    """One learner at one terminal; `language` tells which words they read just now."""

    def __init__(
        self,
        tutor: Tutor,
        actor: Actor,
        language: Callable[[], Awaitable[Wording]],
        words: Wording,
        new_id: Callable[[], str],
    ) -> None:
        self._tutor = tutor
        self._actor = actor
        self._language = language
        self._new_id = new_id
        self._filling: Filling | None = None
        self.words = words
        self.menu = Menu()
        self.leaving = False

    @property
    def asking(self) -> FormField | None:
        """The field of a form that the next line answers."""
        return self._filling.field if self._filling else None

    @property
    def in_answer(self) -> bool:
        """Whether an answer of several lines has begun."""
        return self._filling is not None and self._filling.has_begun

    def break_off(self) -> None:
        """Leave the form that is being filled in, if there is one."""
        self._filling = None

    async def refresh(self) -> None:
        """Take up the learner's language, which an answer can have changed."""
        self.words = await self._language()

    async def greeting(self, *, newcomer: bool) -> AsyncIterator[Reply]:
        """Say what this is, then where the learner is and what to press next."""
        say = self.words
        if newcomer:
            hello = say(
                "A PyTorch tutor: read a little, run code, look at its tensors, "
                "solve what is asked. Your progress is kept, so stop whenever you like."
            )
            stored = [Note("info", what_is_stored(say, _PLACE))]
        else:
            hello = say("Welcome back, {name}. This is where you left off.", name=self._actor.name)
            stored = []
        keys = say("Type a key in [brackets], a command such as /help, or code between ``` lines.")
        yield Reply((Heading("Tensor Tutor"), Prose(hello), *stored, Note("info", keys)))
        async for reply in self.command("learn"):
            yield reply

    def command(self, verb: str, *args: str) -> AsyncIterator[Reply]:
        """Say a verb, as if it had been typed."""
        replies = self._tutor.handle(
            Command(actor=self._actor, place=_PLACE, key=self._key(), verb=verb, args=args)
        )
        return self._with_console_help(replies) if verb == "help" else replies

    def press(self, ref: Ref) -> AsyncIterator[Reply]:
        """Press what `ref` means; if it has a form, that is asked first."""
        form = self._tutor.form_for(ref)
        if form is not None:
            self._filling = Filling(form)
            return _one(Reply((Prose(f"**{form.title}**"),)))
        return self._tutor.handle(
            Pressed(actor=self._actor, place=_PLACE, key=self._key(), ref=ref)
        )

    def take(self, entries: Sequence[Entry]) -> AsyncIterator[Reply]:
        """Answer what was typed: one entry, or several that were pasted together."""
        if not all(entry.readable for entry in entries):
            return self._unreadable()
        if len(entries) == 1:
            return self._answer(entries[0])
        if self._filling is not None:
            return self._answer(Typed("\n".join(entry.text for entry in entries)))
        blocks = [entry for entry in entries if isinstance(entry, Code)]
        return self._run(blocks) if blocks else self._unfenced()

    def _answer(self, entry: Entry) -> AsyncIterator[Reply]:
        verb = read_verb(entry.text.strip()) if isinstance(entry, Typed) else None
        if self._filling is not None and not self._breaks_off(verb):
            return self._fill(self._filling, entry)
        if isinstance(entry, Code):
            return self._run([entry])
        ref = self.menu.pressed(entry.text)
        if isinstance(ref, Ref):
            return self.press(ref)
        if verb == "leave":
            self.leaving = True
            return self._goodbye()
        if isinstance(verb, Verb):
            return self.command(verb.name, *verb.args)
        return self._unfenced(entry.text.strip(), too_many=isinstance(ref, TooMany))

    def _breaks_off(self, verb: Verb | str | None) -> bool:
        """Leave the form for a command; a plain word is an answer."""
        if isinstance(verb, Verb) and verb.slash and verb.is_known:
            self.break_off()
        return self._filling is None

    async def _fill(self, filling: Filling, entry: Entry) -> AsyncIterator[Reply]:
        say = self.words
        if not filling.take(entry):
            yield _note("info", say("This needs an answer. A command such as /next leaves it."))
        elif filling.field is None:
            self._filling = None
            done = Submitted(
                actor=self._actor,
                place=_PLACE,
                key=self._key(),
                ref=filling.form.ref,
                values=filling.values,
            )
            async for reply in self._tutor.handle(done):
                yield reply

    async def _run(self, blocks: Sequence[Code]) -> AsyncIterator[Reply]:
        say = self.words
        foreign = next((block.lang for block in blocks if not block.is_python), None)
        if foreign is not None:
            yield _note(
                "info",
                say(
                    "That block is marked `{lang}`, and only Python runs here. "
                    "Write `python` after the three opening backticks, or nothing.",
                    lang=foreign[:20],
                ),
            )
            return
        cells = tuple(block.text for block in blocks)
        posted = CodePosted(actor=self._actor, place=_PLACE, key=self._key(), cells=cells)
        async for reply in self._tutor.handle(posted):
            yield reply

    async def _unfenced(self, text: str = "", *, too_many: bool = False) -> AsyncIterator[Reply]:
        """Say how to run code and what can be pressed; plain text never runs."""
        say = self.words
        keys = ", ".join(self.menu.keys)
        if too_many:
            yield _note("info", say("Only one of these can be picked: {keys}.", keys=keys))
        elif keys and 0 < len(text) <= MOST_KEY_CHARS:
            yield _note(
                "info",
                say("There is no `{text}` here. You can press: {keys}.", text=text, keys=keys),
            )
        else:
            to_run = say("To run code, put it between two lines of three backticks:")
            yield Reply(
                (Prose(to_run), CodePart("```\nx = torch.ones(2, 3)\nx.shape\n```", "text"))
            )
            yield _note("info", self._what_else(say, keys))

    def _what_else(self, say: Wording, keys: str) -> str:
        if keys:
            return say("You can also press {keys}, or type /next, /run or /help.", keys=keys)
        return say("You can also type /learn, /next or /help.")

    async def _unreadable(self) -> AsyncIterator[Reply]:
        say = self.words
        yield _note("warn", say("That was not UTF-8 text, so it could not be read. Send it again."))

    async def _goodbye(self) -> AsyncIterator[Reply]:
        say = self.words
        yield _note("good", say("Goodbye! Your progress is saved; come back whenever you like."))

    async def _with_console_help(self, replies: AsyncIterator[Reply]) -> AsyncIterator[Reply]:
        say = self.words
        async for reply in replies:
            here = (Heading(say("In this console")), Prose(_keys_help(say)))
            yield replace(reply, parts=(*reply.parts, *here))

    def _key(self) -> MessageKey:
        return MessageKey("console", self._actor.user_id, self._new_id())


def _keys_help(say: Wording) -> str:
    return "\n".join(
        f"- {line}"
        for line in (
            say("**Code**: between two lines of ``` (or ~~~, or ₩₩₩). Only such code runs."),
            say("**Buttons and options**: type the key in brackets, or the whole text."),
            say("**Several options**: list their letters, such as `a c`."),
            say("**An answer of several lines**: end it with a line that is just `.`"),
            say("**Ctrl-C** stops a run, **Ctrl-D** or `/quit` leaves. Progress is always saved."),
        )
    )


def _note(level: str, text: str) -> Reply:
    return Reply(
        (Note("info" if level == "info" else "good" if level == "good" else "warn", text),)
    )


async def _one(reply: Reply) -> AsyncIterator[Reply]:
    yield reply
