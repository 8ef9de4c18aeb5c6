"""Answers slash commands and "Run this code"."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

import discord

from bot.platforms.discord.desk import Choices
from bot.platforms.discord.events import Interaction, key_of
from bot.platforms.discord.front import Front
from bot.platforms.discord.lessons import OPENING, open_lesson
from bot.platforms.discord.lines import Turn
from bot.platforms.discord.messages import Messages
from bot.platforms.discord.presses import Presses
from bot.platforms.discord.spots import OnInteraction
from bot.platforms.discord.suggestions import lessons_like, questions_like
from bot.tutor.event import CodePosted, Command, Place
from bot.tutor.ports import Wording
from bot.tutor.reply import Note, Ref, Reply
from bot.tutor.streams import closing

Observe = Callable[[Interaction, str, Wording], tuple[Note, ...]]
"""Tells what only Discord knows of a channel (by id): what the tutor may do there."""

_SETUP = ("tutor", "setup")


class Typed:
    """A `Desk`: where commands are taken to."""

    def __init__(
        self, front: Front, messages: Messages, presses: Presses, observe: Observe
    ) -> None:
        self._front = front
        self._messages = messages
        self._sources = messages.sources
        self._presses = presses
        self._observe = observe

    async def command(
        self, interaction: Interaction, verb: str, *args: str, **options: str
    ) -> None:
        """Answer a verb."""

        async def work(turn: Turn) -> None:
            await self._command(interaction, turn, verb, args, options)

        await self._in_line(interaction, work)

    async def _command(
        self,
        interaction: Interaction,
        turn: Turn,
        verb: str,
        args: tuple[str, ...],
        options: Mapping[str, str],
    ) -> None:
        front = self._front
        actor, place = await front.asked(interaction)
        locale = await front.locale_of(actor, place)
        observed: tuple[Note, ...] = ()
        if (verb, *args) == _SETUP:
            channel = options.get("channel", "")
            observed = self._observe(interaction, channel, front.wordings.in_locale(locale))

        def event(there: Place) -> Command:
            key = key_of(interaction.channel_id, interaction.id)
            return Command(
                actor=actor,
                place=there,
                key=key,
                verb=verb,
                args=args,
                options=options,
                observed=observed,
            )

        if verb in OPENING:
            await open_lesson(front, interaction, actor, place, event, turn)
        else:
            await front.answer(event(place), OnInteraction(interaction, locale), turn=turn)

    async def write_code(self, interaction: Interaction) -> None:
        """Open a form to write code in."""
        await self._open(interaction, lambda locale: Ref("compose", (locale,)))

    async def ask(self, interaction: Interaction, minutes: int, how: str, channel: str) -> None:
        """Open a form for a question of the teacher's own."""
        await self._open(
            interaction, lambda locale: Ref("ask", (str(minutes), how, channel, locale))
        )

    async def _open(self, interaction: Interaction, ref_in: Callable[[str], Ref]) -> None:
        async def work(turn: Turn) -> None:
            actor, place = await self._front.asked(interaction)
            ref = ref_in(await self._front.locale_of(actor, place))
            await self._presses.open(interaction, ref, turn)

        await self._in_line(interaction, work)

    async def run_file(self, interaction: Interaction, file: discord.Attachment) -> None:
        """Run the code in a file that came with `/run`."""
        front = self._front

        async def work(turn: Turn) -> None:
            actor, place = await front.asked(interaction)
            locale = await front.locale_of(actor, place)
            say = front.wordings.in_locale(locale)

            async def replies() -> AsyncGenerator[Reply, None]:
                found = await self._sources.in_file(file, say)
                for problem in found.problems:
                    yield Reply((Note("info", problem),))
                if found.cells:
                    key = key_of(interaction.channel_id, interaction.id)
                    event = CodePosted(actor=actor, place=place, key=key, cells=found.cells)
                    async with closing(front.tutor.handle(event)) as answer:
                        async for reply in answer:
                            yield reply

            spot = OnInteraction(interaction, locale, private=False)
            await front.deliver(replies(), spot, actor, turn=turn)

        await self._in_line(interaction, work)

    async def run_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Run the code in a message, in a session of its own if somebody else wrote it."""

        async def work(turn: Turn) -> None:
            await self._messages.run(interaction, message, turn)

        await self._in_line(interaction, work)

    async def _in_line(
        self, interaction: Interaction, work: Callable[[Turn], Awaitable[None]]
    ) -> None:
        """Do `work` when it is this person's turn."""
        async with self._front.lines.turn(interaction.user.id, at_once=True) as turn:
            spot = OnInteraction(interaction, interaction.locale.value)
            await self._front.care(work(turn), spot)

    async def lessons(self, interaction: Interaction, typed: str) -> Choices:
        """Suggest lessons by their titles, in the language of whoever types."""
        locale = await self._front.locale_of(*await self._front.asked(interaction))
        return lessons_like(self._front.curriculum().lessons, locale, typed)

    async def questions(self, interaction: Interaction, typed: str) -> Choices:
        """Suggest questions of all lessons."""
        locale = await self._front.locale_of(*await self._front.asked(interaction))
        return questions_like(self._front.curriculum().lessons, locale, typed)
