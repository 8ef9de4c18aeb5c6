"""People who use the bot: they post, press, choose and fill in, and see what comes of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.doubles.discord import choosing
from tests.doubles.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    SUBMIT,
    Asked,
    Modal,
)
from tests.doubles.discord.permissions import Permission, in_channel
from tests.doubles.discord.pulse import until
from tests.doubles.discord.seeing import Seen
from tests.doubles.discord.world import DM, Account, Channel, Message, Payload

Files = Mapping[str, bytes]
_POST_LIMIT = 2000


class Place(Protocol):
    """What people act on."""

    @property
    def commands(self) -> list[Payload]: ...
    def dm(self, account: Account) -> Channel: ...
    def post(
        self, who: Account, where: Channel, text: str, files: Files, reply_to: Message | None
    ) -> Message: ...
    def change(self, message: Message, text: str) -> None: ...
    def take_away(self, message: Message) -> None: ...
    def react(self, message: Message, who: Account, emoji: str) -> None: ...
    def unreact(self, message: Message, who: Account, emoji: str) -> None: ...
    def ask(
        self, who: Account, where: Channel, kind: int, data: Payload, source: Message | None
    ) -> Asked: ...
    def upload(self, name: str, data: bytes) -> Payload: ...


@dataclass(eq=False)
class Person(Account):
    """Somebody who uses Discord."""

    place: Place = None  # type: ignore[assignment]

    @property
    def dm(self) -> Channel:
        """Their direct messages with the bot."""
        return self.place.dm(self)

    # What they do.

    async def posts(
        self,
        where: Channel,
        text: str = "",
        files: Files | None = None,
        reply_to: Seen | None = None,
    ) -> Seen:
        """Post a message; what is too long for one becomes a file, as clients do it."""
        self._must(where, self._writing(where))
        attached = dict(files or {})
        if len(text) > _POST_LIMIT:
            attached["message.txt"], text = text.encode(), ""
        answered = reply_to.message if reply_to else None
        return Seen(self.place.post(self, where, text, attached, answered))

    async def edits(self, seen: Seen, text: str) -> None:
        assert seen.message.author is self, "one can edit only what is one's own"
        self.place.change(seen.message, text)

    async def deletes(self, seen: Seen) -> None:
        if seen.message.author is not self:
            self._must(seen.channel, Permission.MANAGE_MESSAGES)
        self.place.take_away(seen.message)

    async def reacts(self, seen: Seen, emoji: str) -> None:
        self._must_see(seen)
        self.place.react(seen.message, self, emoji)

    async def unreacts(self, seen: Seen, emoji: str) -> None:
        self._must_see(seen)
        self.place.unreact(seen.message, self, emoji)

    async def slash(self, where: Channel, name: str, /, **options: Any) -> Asked:
        """Use a slash command ("tutor status" for one in a group), and wait until it is acknowledged."""
        return await self.starts_slash(where, name, **options).acknowledged()

    def starts_slash(self, where: Channel, name: str, /, **options: Any) -> Asked:
        """Use a slash command, and do not wait."""
        self._must(where, Permission.USE_APPLICATION_COMMANDS)
        first, *path = name.split()
        command = choosing.command(self.place.commands, first, 1)
        choosing.must_be_offered(command, self, where)
        data = choosing.filled_in(command, path, options, self.place.upload)
        return self.place.ask(self, where, COMMAND, data, None)

    async def completes(
        self, where: Channel, name: str, option: str, typed: str = "", /, **others: Any
    ) -> dict[str, Any]:
        """Type into an option, and return what is offered: labels with their values."""
        first, *path = name.split()
        command = choosing.command(self.place.commands, first, 1)
        data = choosing.typing(command, path, option, typed, others)
        asked = self.place.ask(self, where, AUTOCOMPLETE, data, None)
        await asked.acknowledged()
        return {choosing.localised(one, self.locale): one["value"] for one in asked.choices}

    async def uses_menu(self, seen: Seen, name: str) -> Asked:
        """Use an entry of a message's context menu."""
        self._must_see(seen)
        command = choosing.command(self.place.commands, name, 3)
        choosing.must_be_offered(command, self, seen.channel)
        data = choosing.on_message(command, seen.message)
        return await self.place.ask(self, seen.channel, COMMAND, data, None).acknowledged()

    async def presses(self, seen: Seen, label: str) -> Asked:
        """Press a button, and wait until that is acknowledged."""
        return await self.starts_pressing(seen, label).acknowledged()

    def starts_pressing(self, seen: Seen, label: str) -> Asked:
        self._must_see(seen)
        button = seen.button(label)
        data = {"custom_id": button["custom_id"], "component_type": 2, "id": button.get("id")}
        return self.place.ask(self, seen.channel, COMPONENT, data, seen.message)

    async def chooses(self, seen: Seen, *labels: str) -> Asked:
        """Choose these options of the one select that has them."""
        self._must_see(seen)
        select = seen.select(*labels)
        data = choosing.chosen(select, labels)
        return await self.place.ask(
            self, seen.channel, COMPONENT, data, seen.message
        ).acknowledged()

    async def submits(self, modal: Modal, **typed: str) -> Asked:
        """Send a form: what is not `typed` (by label or id) stays as it was filled in."""
        return await self.submits_form(modal, typed)

    async def submits_form(self, modal: Modal, typed: Mapping[str, str]) -> Asked:
        data = choosing.submitted(modal, typed)
        source = modal.asked.source
        asked = self.place.ask(self, modal.asked.channel, SUBMIT, data, source)
        return await asked.acknowledged()

    # What they see.

    def timeline(self, where: Channel) -> list[Seen]:
        """Return the messages that they see in a channel, oldest first."""
        shown = [one for one in where.messages.values() if one.shown_to(self)]
        return [Seen(one) for one in sorted(shown, key=lambda one: one.id)]

    async def sees(
        self,
        wanted: Callable[[Seen], Any] | str,
        where: Channel,
        *,
        after: Seen | Asked | None = None,
        seconds: float = 15.0,
    ) -> Seen:
        """Wait until a message of the bot there is as `wanted` (or has those words), and return it."""
        since = 0 if after is None else after.message.id if isinstance(after, Seen) else after.id
        fits = (lambda one: wanted in one.text) if isinstance(wanted, str) else wanted

        def found() -> Seen | None:
            for one in reversed(self.timeline(where)):
                bot = one.message.author.bot
                if bot and one.message.id > since and not one.thinking and fits(one):
                    return one
            return None

        seen = await until(where.pulse, found, seconds, lambda: self._missed(wanted, where))
        assert isinstance(seen, Seen)
        return seen

    async def reads(self, asked: Asked, seconds: float = 15.0) -> Seen:
        """Return the first message that an interaction led to."""
        return Seen(await asked.reply(seconds))

    async def sees_no_more(self, seen: Seen, seconds: float = 15.0) -> None:
        """Wait until a message is gone."""
        await until(
            seen.channel.pulse, lambda: seen.gone, seconds, lambda: f"still there: {seen!r}"
        )

    async def sees_nothing_new(self, where: Channel, seconds: float = 0.5) -> None:
        """Look at a channel for a while, in which nothing may come."""
        before = {one.message.id for one in self.timeline(where)}
        await asyncio.sleep(seconds)
        fresh = [one for one in self.timeline(where) if one.message.id not in before]
        assert not fresh, fresh

    async def sees_typing(self, where: Channel, seconds: float = 5.0) -> None:
        """Wait until the bot has shown that it is typing."""
        await until(where.pulse, lambda: where.typing, seconds, lambda: "nobody types")

    def threads(self, where: Channel) -> list[Channel]:
        """Return the threads of a channel that they can see."""
        return [one for one in where.threads if Permission.VIEW_CHANNEL in in_channel(one, self)]

    async def sees_thread(self, where: Channel, seconds: float = 15.0) -> Channel:
        """Wait until there is a thread for them, and return it."""
        mine = await until(
            where.pulse,
            lambda: [one for one in self.threads(where) if self.id in one.thread_members],
            seconds,
            lambda: f"{self.name} is in no thread of {where.name}",
        )
        assert isinstance(mine, list)
        thread = mine[-1]
        assert isinstance(thread, Channel)
        return thread

    def offered(self, where: Channel) -> dict[str, str]:
        """Return the slash commands that they are offered there, in their language."""
        return choosing.offered(self.place.commands, self, where)

    def _missed(self, wanted: Any, where: Channel) -> str:
        shown = "\n  ".join(map(repr, self.timeline(where)[-8:]))
        what = repr(wanted) if isinstance(wanted, str) else "what was waited for"
        return f"{self.name} does not see {what} in {where.name}, but\n  {shown}"

    def _writing(self, where: Channel) -> Permission:
        thread = where.kind != DM and where.thread
        return Permission.SEND_MESSAGES_IN_THREADS if thread else Permission.SEND_MESSAGES

    def _must(self, where: Channel, needed: Permission) -> None:
        may = in_channel(where, self)
        if where.kind == DM:
            needed &= ~Permission.SEND_MESSAGES_IN_THREADS
        assert needed in may, f"{self.name} lacks {needed!r} in {where.name}"

    def _must_see(self, seen: Seen) -> None:
        assert seen.message.shown_to(self), f"{self.name} does not see {seen!r}"
