"""Keeps polls by the clock and by reactions: counts, closes, and makes up for time unseen."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from bot.tutor.event import Actor, Reacted
from bot.tutor.formulas import with_formulas
from bot.tutor.places import Change, Polls
from bot.tutor.polls.asked import EMOJIS, from_json, reconciled
from bot.tutor.polls.board import Board
from bot.tutor.polls.view import closed_poll, open_poll
from bot.tutor.polls.voting import poll_in
from bot.tutor.ports import Wording
from bot.tutor.records import Poll
from bot.tutor.reply import Reply
from bot.tutor.turn import Services

SLOT = "poll:"


class Clerk:
    """Looks after the polls of a tutor; `board` is what it remembers while the program runs."""

    def __init__(self, services: Services, board: Board) -> None:
        self._services = services
        self._board = board

    async def due(self, platform: str | None) -> AsyncGenerator[Reply, None]:
        """Yield the polls whose time is up, closed, and those whose count has changed.

        A poll counts as closed once the next reply is asked for. Whoever is killed before has it
        yielded again, which changes nothing: it is edited into the same words.
        """
        polls = self._services.polls
        for poll in await polls.unclosed() if polls else ():
            now = self._services.clock.now()
            if polls is None or platform not in (None, poll.platform):
                continue
            if poll.closes <= now:
                if self._board.may_try(poll.id, now):
                    yield await self._closed(polls, poll)
                    await self._close(polls, poll)
                elif self._board.gives_up(poll.id):
                    await self._close(polls, poll)
            elif poll.how == "buttons" and self._board.counts(poll.id, now):
                answers = len(await polls.votes(poll.id))
                reply = open_poll(self._say(poll), poll, from_json(poll.own), answers)
                yield await with_formulas(self._services.pictures, reply)

    async def reacted(self, event: Reacted) -> None:
        """Keep a reaction to an open poll as a vote, or take back the vote that it was."""
        polls, actor = self._services.polls, event.actor
        poll = await self._by_reaction(event.slot)
        if polls is None or poll is None:
            return
        here = (actor.platform, event.place.server_id) == (poll.platform, poll.server_id)
        option = from_json(poll.own).reacted(event.emoji)
        if option is None or not here:
            return
        now = self._services.clock.now()
        if event.added:
            await polls.vote(poll.id, actor.user_id, option, now)
        else:
            await polls.take_back(poll.id, actor.user_id, option, now)

    async def open_reaction_polls(self, platform: str) -> tuple[str, ...]:
        """Return the slots of the polls that are not closed yet and answered by reaction."""
        polls = self._services.polls
        unclosed = await polls.unclosed() if polls else ()
        return tuple(
            poll.slot for poll in unclosed if (poll.platform, poll.how) == (platform, "reactions")
        )

    async def recount(self, slot: str, votes: Mapping[str, Sequence[Actor]]) -> None:
        """Bring the votes of a poll in line with the reactions that its message has now.

        Nobody saw when they were given, so they count even where its time was up meanwhile.
        """
        polls, poll = self._services.polls, await self._by_reaction(slot)
        if polls is None or poll is None:
            return
        asked, kept = from_json(poll.own), await polls.votes(poll.id)
        there: dict[str, list[str]] = {user: [] for user in kept}
        for emoji in EMOJIS[: len(asked.options)]:
            option = asked.reacted(emoji)
            for actor in votes.get(emoji, ()) if option else ():
                if option and actor.platform == poll.platform:
                    there.setdefault(actor.user_id, []).append(option)
        changes = [
            Change(user, kept.get(user), reconciled(kept.get(user), options))
            for user, options in there.items()
            if not await self._services.places.is_blocked(poll.platform, user)
        ]
        real = [change for change in changes if change.was != change.becomes]
        await polls.change(poll.id, real, self._services.clock.now())

    async def _by_reaction(self, slot: str) -> Poll | None:
        polls = self._services.polls
        if polls is None or not slot.startswith(SLOT):
            return None
        poll = await poll_in(polls, slot.removeprefix(SLOT))
        return poll if poll and poll.how == "reactions" and not poll.closed else None

    async def _closed(self, polls: Polls, poll: Poll) -> Reply:
        votes = await polls.votes(poll.id)
        pictures = self._services.pictures
        reply = await closed_poll(self._say(poll), pictures, poll, from_json(poll.own), votes)
        return await with_formulas(pictures, reply)

    async def _close(self, polls: Polls, poll: Poll) -> None:
        await polls.close(poll.id)
        self._board.closed(poll.id)

    def _say(self, poll: Poll) -> Wording:
        wordings = self._services.wordings
        return wordings.in_locale(wordings.best(poll.locale))
