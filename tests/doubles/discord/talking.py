"""Carries out what people do: their messages, reactions and interactions reach the bot."""

import mimetypes

from tests.doubles.discord import message_payloads, payloads
from tests.doubles.discord.composing import Composer
from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.interactions import Asked, payload
from tests.doubles.discord.people import Files
from tests.doubles.discord.rest_application import ApplicationRoutes
from tests.doubles.discord.rest_interactions import InteractionRoutes
from tests.doubles.discord.world import Account, Channel, Message, Payload, World, now


class Talking:
    """The way from people to the bot."""

    def __init__(
        self,
        world: World,
        gateway: Gateway,
        composer: Composer,
        interactions: InteractionRoutes,
        application: ApplicationRoutes,
    ) -> None:
        self._world = world
        self._gateway = gateway
        self._composer = composer
        self._interactions = interactions
        self._application = application

    @property
    def commands(self) -> list[Payload]:
        return self._application.commands

    def dm(self, account: Account) -> Channel:
        return self._world.dm(account)

    def post(
        self, who: Account, where: Channel, text: str, files: Files, reply_to: Message | None
    ) -> Message:
        made = Message(self._world.ids.next(), where, who, text, kind=19 if reply_to else 0)
        made.reference = reply_to
        made.uploads = [
            self._composer.upload(name, data, kind=_kind(name)) for name, data in files.items()
        ]
        if where.archived:
            where.archived = False
            self._gateway.tell("THREAD_UPDATE", payloads.channel(where), where.guild)
        self._composer.place(made)
        return made

    def change(self, message: Message, text: str) -> None:
        message.content, message.edited = text, now()
        message.edits += 1
        self._composer.place(message, fresh=False)

    def unfurl(self, message: Message) -> None:
        """Show a preview of a link in a message: an update without an edit."""
        message.embeds = [{"type": "link", "title": "A preview", "url": "https://example.org"}]
        self._composer.place(message, fresh=False)

    def take_away(self, message: Message) -> None:
        self._composer.delete(message)

    def react(self, message: Message, who: Account, emoji: str) -> None:
        self._composer.react(message, who, emoji)

    def unreact(self, message: Message, who: Account, emoji: str) -> None:
        self._composer.unreact(message, who, emoji)

    def upload(self, name: str, data: bytes) -> Payload:
        return message_payloads.attachment(self._composer.upload(name, data, kind=_kind(name)))

    def ask(
        self, who: Account, where: Channel, kind: int, data: Payload, source: Message | None
    ) -> Asked:
        asked = Asked(self._world.ids.next(), kind, who, where, data, source)
        session = self._gateway.listener(where.guild)
        drops = session.drops if session else 0
        self._interactions.expect(
            asked, lambda: session is not None and session.connected and session.drops == drops
        )
        if session is not None:
            session.tell("INTERACTION_CREATE", payload(asked, self._world))
        return asked


def _kind(name: str) -> str:
    """Return the content type that a client sends; text comes with its encoding."""
    found = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found
