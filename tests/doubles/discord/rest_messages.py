"""Messages and reactions, as the bot makes them in channels."""

from typing import Any

from tests.doubles.discord import message_payloads, payloads, rules
from tests.doubles.discord.composing import Composer
from tests.doubles.discord.permissions import Permission, in_channel
from tests.doubles.discord.rest import NO_ACCESS, NO_PERMISSION, Call, Handler, Refusal, unknown
from tests.doubles.discord.world import DM, Channel, Message, Payload, World

P = Permission
_MESSAGES = "/channels/{channel_id}/messages"
_ONE = f"{_MESSAGES}/{{message_id}}"
_REACTIONS = f"{_ONE}/reactions"


class MessageRoutes:
    """What the bot does with messages; each is refused where it lacks the permission."""

    def __init__(self, world: World, composer: Composer, *, contents: Any) -> None:
        self._world = world
        self._composer = composer
        self._contents = contents

    def routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", _MESSAGES, self.history),
            ("POST", _MESSAGES, self.create),
            ("GET", _ONE, self.get),
            ("PATCH", _ONE, self.edit),
            ("DELETE", _ONE, self.delete),
            ("PUT", f"{_REACTIONS}/{{emoji_name}}/@me", self.react),
            ("DELETE", f"{_REACTIONS}/{{emoji_name}}/@me", self.unreact),
            ("DELETE", f"{_REACTIONS}/{{emoji_name}}/{{user_id}}", self.unreact_other),
            ("GET", f"{_REACTIONS}/{{emoji_name}}", self.reactors),
            ("DELETE", _REACTIONS, self.clear),
            ("DELETE", f"{_REACTIONS}/{{emoji_name}}", self.clear_one),
            ("POST", "/channels/{channel_id}/typing", self.type),
        ]

    async def create(self, call: Call) -> Payload:
        channel = self.channel(call)
        body = call.body
        if body.get("enforce_nonce") and (same := self._same(channel, str(body["nonce"]))):
            return message_payloads.message(same)
        self._may_write(channel)
        self._may(channel, P.EMBED_LINKS if body.get("embeds") else P(0))
        self._may(channel, P.ATTACH_FILES if call.files else P(0))
        reference = self._reference(channel, call)
        channel.archived = False
        channel.typing = [one for one in channel.typing if one[0] is not self._world.bot]
        made = self._composer.create(channel, call, body, reference=reference)
        return message_payloads.message(made)

    async def edit(self, call: Call) -> Payload:
        one = self._message(call)
        if one.author is not self._world.bot:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        if one.channel.archived:
            raise Refusal(400, 50083, "Thread is archived")
        return message_payloads.message(self._composer.edit(one, call, call.body))

    async def delete(self, call: Call) -> None:
        one = self._message(call)
        if one.author is not self._world.bot:
            self._may(one.channel, P.MANAGE_MESSAGES)
        self._composer.delete(one)

    async def get(self, call: Call) -> Payload:
        one = self._message(call)
        self._may(one.channel, P.READ_MESSAGE_HISTORY)
        return message_payloads.message(one, contents=self._contents(one))

    async def history(self, call: Call) -> list[Payload]:
        channel = self.channel(call)
        if P.READ_MESSAGE_HISTORY not in in_channel(channel, self._world.bot):
            return []
        shown = [
            one
            for one in channel.messages.values()
            if not one.deleted and one.only_for is None and self._between(one, call.query)
        ]
        newest = sorted(shown, key=lambda one: -one.id)[: int(call.query.get("limit", 50))]
        return [message_payloads.message(one, contents=self._contents(one)) for one in newest]

    @staticmethod
    def _between(one: Message, query: dict[str, str]) -> bool:
        return int(query.get("after", 0)) < one.id < int(query.get("before", 1 << 63))

    async def react(self, call: Call) -> None:
        one, emoji = self._message(call), call.parameters["emoji_name"]
        if emoji.isascii() and ":" not in emoji:
            raise Refusal(400, 10014, "Unknown Emoji")
        self._may(one.channel, P.READ_MESSAGE_HISTORY)
        if emoji not in one.reactions:
            self._may(one.channel, P.ADD_REACTIONS)
            if len(one.reactions) >= rules.REACTIONS:
                raise Refusal(403, 30010, "Maximum number of reactions reached (20)")
        self._composer.bot_reacts(one, emoji)

    async def unreact(self, call: Call) -> None:
        self._composer.unreact(self._message(call), self._world.bot, call.parameters["emoji_name"])

    async def unreact_other(self, call: Call) -> None:
        one = self._message(call)
        if one.channel.kind == DM:
            raise Refusal(403, 50003, "Cannot execute action on a DM channel")
        self._may(one.channel, P.MANAGE_MESSAGES)
        other = self._world.accounts[call.id("user_id")]
        self._composer.unreact(one, other, call.parameters["emoji_name"])

    async def reactors(self, call: Call) -> list[Payload]:
        one = self._message(call)
        self._may(one.channel, P.READ_MESSAGE_HISTORY)
        by = sorted(one.reactions.get(call.parameters["emoji_name"], []), key=lambda who: who.id)
        after = int(call.query.get("after", 0))
        limit = int(call.query.get("limit", 25))
        return [payloads.user(who) for who in by if who.id > after][:limit]

    async def clear(self, call: Call) -> None:
        one = self._message(call)
        self._may(one.channel, P.MANAGE_MESSAGES)
        for emoji in list(one.reactions):
            self._clear(one, emoji)

    async def clear_one(self, call: Call) -> None:
        one = self._message(call)
        self._may(one.channel, P.MANAGE_MESSAGES)
        self._clear(one, call.parameters["emoji_name"])

    def _clear(self, one: Message, emoji: str) -> None:
        for who in list(one.reactions.get(emoji, [])):
            self._composer.unreact(one, who, emoji)

    async def type(self, call: Call) -> None:
        channel = self.channel(call)
        self._may_write(channel)
        channel.typing.append((self._world.bot, self._world.seconds()))
        channel.changed()

    # What is looked at on the way.

    def channel(self, call: Call) -> Channel:
        """Return the channel of a request; refuses it where the bot cannot even look."""
        found = self._world.channels.get(call.id("channel_id"))
        if found is None:
            raise unknown("Channel", 10003)
        if P.VIEW_CHANNEL not in in_channel(found, self._world.bot):
            raise Refusal(*NO_ACCESS)
        return found

    def _message(self, call: Call) -> Message:
        found = self._world.message(self.channel(call), call.id("message_id"))
        if found is None or found.only_for is not None:
            raise unknown("Message", 10008)
        return found

    def _may(self, channel: Channel, needed: Permission) -> None:
        if needed not in in_channel(channel, self._world.bot):
            raise Refusal(*NO_PERMISSION)

    def _may_write(self, channel: Channel) -> None:
        person = next((one for one in channel.recipients if not one.bot), None)
        if person is not None and person.closed:
            raise Refusal(403, 50007, "Cannot send messages to this user")
        if channel.locked and channel.archived:
            raise Refusal(400, 50083, "Thread is archived")
        self._may(channel, P.SEND_MESSAGES_IN_THREADS if channel.thread else P.SEND_MESSAGES)

    def _reference(self, channel: Channel, call: Call) -> Message | None:
        wanted = call.body.get("message_reference")
        if wanted is None:
            return None
        self._may(channel, P.READ_MESSAGE_HISTORY)
        found = self._world.message(channel, int(wanted["message_id"]))
        if found is None and wanted.get("fail_if_not_exists", True):
            raise Refusal(400, 50035, "Invalid Form Body: message_reference: Unknown message")
        return found

    def _same(self, channel: Channel, nonce: str) -> Message | None:
        return next((one for one in channel.messages.values() if one.nonce == nonce), None)
