"""Somebody in a chat with servers: a member, a manager or an operator, and a clock they all share."""

from datetime import UTC, datetime, timedelta

from bot.tutor.event import Actor, Command, Place, Reacted
from bot.tutor.reply import Form, Note, Ref, Reply
from bot.tutor.tutor import Tutor
from tests.doubles.visitor import Visitor

ONE = Place("server", "server-1", "general-1")
TWO = Place("server", "server-2", "general-2")
DM = Place("dm")


class StoppedClock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def passes(self, **time: float) -> None:
        self.time += timedelta(**time)


class Member(Visitor):
    """A visitor on Discord. `acts_in` takes them elsewhere; `observed` is what the platform adds."""

    def __init__(
        self,
        tutor: Tutor,
        name: str,
        place: Place = ONE,
        *,
        manages: bool = False,
        roles: tuple[str, ...] = (),
        locale: str | None = None,
    ) -> None:
        super().__init__(tutor, name, locale, place)
        self._actor = Actor("discord", name, name.title(), locale, manages, roles)
        self.observed: tuple[Note, ...] = ()

    @property
    def actor(self) -> Actor:
        return self._actor

    def acts_in(self, place: Place) -> None:
        self._place = place

    async def commands(self, verb: str, *args: str, **options: str) -> str:
        event = Command(
            verb=verb, args=args, options=options, observed=self.observed, **self._where()
        )
        return await self._do(event)

    async def tutors(self, sub: str, **options: str) -> str:
        return await self.commands("tutor", sub, **{k.rstrip("_"): v for k, v in options.items()})

    async def reacts(self, emoji: str, slot: str, *, added: bool = True) -> str:
        return await self._do(Reacted(emoji=emoji, slot=slot, added=added, **self._where()))

    def opens(self, ref: Ref) -> Form:
        form = self.tutor.form_for(ref)
        assert form is not None
        return form

    @property
    def public(self) -> Reply:
        """The public reply of the last answer."""
        (reply,) = [one for one in self.replies if one.visibility == "public"]
        return reply

    @property
    def private(self) -> Reply:
        """The private reply of the last answer."""
        (reply,) = [one for one in self.replies if one.visibility == "private"]
        return reply
