"""Takes every event to the use case that answers it, in the language of whoever asked."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from bot.tutor import quiz, writing
from bot.tutor.deleted import source_deleted
from bot.tutor.dispatch import commanded, only, pressed, submitted
from bot.tutor.event import (
    Actor,
    CodeEdited,
    CodePosted,
    Command,
    Event,
    Pressed,
    Reacted,
    Said,
    SourceDeleted,
    Submitted,
)
from bot.tutor.formulas import with_formulas
from bot.tutor.gate import refused, too_many_runs
from bot.tutor.help import what_is_stored
from bot.tutor.language import written_in
from bot.tutor.polls import posting
from bot.tutor.polls.clerk import SLOT as POLL_SLOT
from bot.tutor.polls.clerk import Clerk
from bot.tutor.ports import Forgotten, NotSaved
from bot.tutor.reply import Button, Form, Note, Ref, Reply
from bot.tutor.run import run_edited, run_posted
from bot.tutor.said import answer_said, spoken
from bot.tutor.streams import closing
from bot.tutor.turn import Meanwhile, Services, Turn
from bot.tutor.unsaved import told_if_unsaved

Replies = AsyncGenerator[Reply, None]


class Tutor:
    """The product: what learners do goes in, what they are told comes out."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._meanwhile = Meanwhile()
        self._clerk = Clerk(services, self._meanwhile.board)

    def form_for(self, ref: Ref) -> Form | None:
        """Return the form that pressing `ref` opens, or None when it is a plain button."""
        services = self._services.present
        curriculum, wordings = services.curriculum, services.wordings
        if ref.verb == "type":
            return quiz.form_for(curriculum, wordings, ref.args)
        if ref.verb == "ask":
            return posting.form_for(wordings.in_locale(wordings.best(*ref.args[3:])), ref.args)
        return writing.form_for(curriculum, wordings, ref)

    async def form(self, ref: Ref, actor: Actor) -> Form | None:
        """Return what `form_for` does, filled with what `actor` wrote there last."""
        form = self.form_for(ref)
        if form is None:
            return None
        services = self._services.present
        return await writing.filled(
            services.store, services.curriculum, services.wordings, form, actor
        )

    async def due(self, platform: str | None = None) -> Replies:
        """Yield what the clock asks for, of one platform or of all: polls to be counted or closed.

        A reply counts as delivered once the next one is asked for. What cannot be saved for now is due
        again the next time.
        """
        with suppress(NotSaved):
            async with closing(self._clerk.due(platform)) as replies:
                async for reply in replies:
                    yield reply

    async def open_reaction_polls(self, platform: str) -> tuple[str, ...]:
        """Return the slots of open polls that are answered by reaction."""
        return await self._clerk.open_reaction_polls(platform)

    async def recount(self, slot: str, votes: Mapping[str, Sequence[Actor]]) -> None:
        """Bring a poll in line with who has reacted with which emoji, after a time unseen."""
        await self._clerk.recount(slot, votes)

    async def handle(self, event: Event) -> Replies:
        """Answer `event`. What is acknowledged in a reply has been stored before."""
        told = told_if_unsaved(self._services, event, self._handled(event))
        async with closing(told) as replies:
            async for reply in replies:
                yield reply

    async def _handled(self, event: Event) -> Replies:
        refusal = await refused(self._services, event)
        if refusal is not None:
            if not isinstance(event, Reacted):
                yield refusal
        elif isinstance(event, Reacted) and event.slot.startswith(POLL_SLOT):
            await self._clerk.reacted(event)
        elif isinstance(event, SourceDeleted):
            async for reply in source_deleted(self._services, self._meanwhile, event):
                yield reply
        elif not isinstance(event, Reacted):
            async with closing(self._answered(event)) as replies:
                async for reply in replies:
                    yield reply

    async def _answered(self, event: Event) -> Replies:
        turn = await self._turn(event)
        first: Reply | None = None
        limited = too_many_runs(turn)
        answers = only(limited) if limited else _replies(turn)
        async with closing(_unless_deleted(turn, answers)) as replies:
            async for answer in replies:
                reply = await with_formulas(self._services.pictures, answer)
                first = first or (None if reply.channel else reply)
                is_first = first and (reply is first or (reply.slot and reply.slot == first.slot))
                yield _introduced(turn, reply) if turn.learner.is_new and is_first else reply

    async def _turn(self, event: Event) -> Turn:
        services, actor, server = self._services.present, event.actor, event.place.server_id
        learner = await services.store.learner(actor)
        if isinstance(event, Said) and not (learner.locale or actor.locale or learner.seen):
            actor = replace(actor, locale=written_in(event.text))
            known = await services.store.learner(actor) if actor.locale else learner
            learner = replace(known, is_new=learner.is_new)
        of_server = await services.places.server(actor.platform, server) if server else None
        locale = services.wordings.best(
            learner.locale,
            actor.locale,
            learner.seen,
            of_server.locale if of_server else None,
            services.locale,
        )
        return Turn(
            services=services,
            meanwhile=self._meanwhile,
            event=event,
            learner=learner,
            say=services.wordings.in_locale(locale),
            position=await services.store.position(learner.id),
        )


def _introduced(turn: Turn, reply: Reply) -> Reply:
    """Add to a newcomer's first reply what is stored about them."""
    note = Note("info", what_is_stored(turn.say, turn.event.place))
    return replace(reply, parts=(*reply.parts, note))


def _replies(turn: Turn) -> Replies:
    match turn.event:
        case Command(verb=verb, args=args):
            return commanded(turn, verb, args)
        case Said(text=text):
            command = spoken(text)
            return commanded(turn, *command) if command else answer_said(turn, text)
        case Pressed(ref=ref):
            return pressed(turn, ref)
        case Submitted(ref=ref, values=values):
            return submitted(turn, ref, values)
        case CodePosted():
            return run_posted(turn, turn.event)
        case CodeEdited():
            return run_edited(turn, turn.event)
        case _:
            raise TypeError(f"{type(turn.event).__name__} has no answer")


async def _unless_deleted(turn: Turn, replies: Replies) -> Replies:
    """Pass `replies` on; when the learner's data are deleted meanwhile, end what goes on with that."""
    last = Reply(())
    try:
        async with closing(replies) as answers:
            async for reply in answers:
                last = reply
                yield reply
    except Forgotten:
        text = turn.say("Everything about you was deleted meanwhile, so this ends here.")
        start = Button(turn.say("Start"), Ref("learn"))
        yield replace(last, parts=(Note("info", text),), actions=(start,), reactions=())
