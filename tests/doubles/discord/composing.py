"""Makes and changes messages from what the bot sends, files and all."""

import mimetypes
from typing import Any

from tests.doubles.discord import rules
from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.interactions import Asked
from tests.doubles.discord.rest import Call, Rest
from tests.doubles.discord.sessions import DM_MESSAGES, GUILD_MESSAGES
from tests.doubles.discord.world import (
    EPHEMERAL,
    LOADING,
    V2,
    Account,
    Channel,
    Message,
    Payload,
    Upload,
    World,
    now,
)

_SETTABLE = EPHEMERAL | V2 | 1 << 2 | 1 << 12


class Composer:
    """Puts messages into the world, and tells of them."""

    def __init__(self, world: World, gateway: Gateway, rest: Rest, base: str) -> None:
        self._world = world
        self._gateway = gateway
        self._rest = rest
        self._base = base
        self.files: dict[int, Upload] = {}

    def upload(
        self, name: str, data: bytes, alt: str | None = None, kind: str | None = None
    ) -> Upload:
        """Keep a file, and return it with the address that it has now."""
        found = self._world.ids.next()
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        url = f"{self._base}/attachments/{found}/{name}"
        self.files[found] = Upload(found, name, data, url, alt, kind or guessed)
        return self.files[found]

    def create(
        self,
        channel: Channel,
        call: Call,
        body: Payload,
        *,
        asked: Asked | None = None,
        into: Message | None = None,
        reference: Message | None = None,
    ) -> Message:
        """Make the message that the bot sends, or fill in the one that was deferred."""
        one = into or Message(self._world.ids.next(), channel, self._world.bot)
        draft = Message(one.id, channel, self._world.bot, asked=asked, only_for=one.only_for)
        draft.reference = reference
        draft.flags = body.get("flags") or 0
        if asked is not None and draft.flags & EPHEMERAL:
            draft.only_for = asked.person
        self._fill(draft, call, body)
        self._rest.refuse_if(list(rules.of_message(draft)), call.route)
        self._rest.refuse_if(list(rules.of_pings(draft.content, body)), call.route)
        self._adopt(one, draft)
        one.nonce = str(body["nonce"]) if body.get("enforce_nonce") else None
        self.place(one, fresh=into is None)
        return one

    def place(self, one: Message, *, fresh: bool = True) -> None:
        """Put a message where it belongs; those for one person only are told to nobody else."""
        one.channel.messages[one.id] = one
        if one.only_for is None:
            self._gateway.tell_message("MESSAGE_CREATE" if fresh else "MESSAGE_UPDATE", one)
        one.channel.changed()
        if one.asked is not None:
            one.asked.pulse.beat()

    def edit(self, one: Message, call: Call, body: Payload) -> Message:
        """Change what the body of the request names, and leave the rest."""
        draft = Message(one.id, one.channel, one.author, one.content, asked=one.asked)
        draft.only_for, draft.reference = one.only_for, one.reference
        draft.embeds, draft.components = one.embeds, one.components
        draft.uploads, draft.flags = list(one.uploads), one.flags & ~LOADING
        if body.get("flags") is not None:
            draft.flags = draft.flags & V2 | body["flags"] & _SETTABLE | one.flags & EPHEMERAL
        self._fill(draft, call, body)
        self._rest.refuse_if(list(rules.of_message(draft)), call.route)
        if "content" in body and one.only_for is None:
            self._rest.refuse_if(list(rules.of_pings(draft.content, body)), call.route)
        self._adopt(one, draft)
        one.edits += 1
        one.edited = now()
        self.place(one, fresh=False)
        return one

    def delete(self, one: Message) -> None:
        one.deleted = True
        if one.only_for is None:
            data = {"id": str(one.id), "channel_id": str(one.channel.id)}
            if one.channel.guild is not None:
                data["guild_id"] = str(one.channel.guild.id)
            intent = GUILD_MESSAGES if one.channel.guild else DM_MESSAGES
            self._gateway.tell("MESSAGE_DELETE", data, one.channel.guild, intent)
        one.channel.changed()

    def _adopt(self, one: Message, draft: Message) -> None:
        for name in ("content", "embeds", "components", "uploads", "flags", "only_for", "asked"):
            setattr(one, name, getattr(draft, name))
        one.reference = draft.reference
        shown = set(rules.attached_names([one.embeds, one.components]))
        for each in one.uploads:
            each.embedded = each.name in shown
        one.embeds = _with_addresses(one.embeds, {each.name: each.url for each in one.uploads})

    def _fill(self, draft: Message, call: Call, body: Payload) -> None:
        if "content" in body:
            draft.content = body["content"] or ""
        if "embeds" in body:
            draft.embeds = [one | {"type": "rich"} for one in body["embeds"] or []]
        if "components" in body:
            draft.components = _numbered(body["components"] or [])
        draft.uploads = self._uploads(draft, call, body.get("attachments"))

    def _uploads(self, draft: Message, call: Call, listed: Any) -> list[Upload]:
        kept = draft.uploads
        described: dict[int, Payload] = {}
        if listed is not None:
            ids = {int(one["id"]): one for one in listed}
            kept = [one for one in kept if one.id in ids]
            described = {n: one for n, one in ids.items() if n < 1 << 20}
            missing = set(described) - set(call.files)
            gone = set(ids) - set(described) - {one.id for one in draft.uploads}
            self._rest.refuse_if([f"no file {n}" for n in sorted(missing | gone)], call.route)
        fresh = []
        for n, (name, data) in sorted(call.files.items()):
            alt = described.get(n, {}).get("description")
            fresh.append(self.upload(described.get(n, {}).get("filename") or name, data, alt))
        return [*kept, *fresh]

    def bot_reacts(self, one: Message, emoji: str) -> None:
        self.react(one, self._world.bot, emoji)

    def react(self, one: Message, who: Account, emoji: str) -> None:
        by = one.reactions.setdefault(emoji, [])
        if who not in by:
            by.append(who)
            self._tell_reaction("MESSAGE_REACTION_ADD", one, who, emoji)

    def unreact(self, one: Message, who: Account, emoji: str) -> None:
        by = one.reactions.get(emoji, [])
        if who in by:
            by.remove(who)
            if not by:
                del one.reactions[emoji]
            self._tell_reaction("MESSAGE_REACTION_REMOVE", one, who, emoji)

    def _tell_reaction(self, event: str, one: Message, who: Account, emoji: str) -> None:
        self._gateway.tell_reaction(event, one, who, emoji)
        one.channel.changed()


def _with_addresses(embeds: list[Payload], urls: dict[str, str]) -> list[Payload]:
    """Return embeds in which attached pictures have their addresses, as Discord gives them back."""

    def found(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("attachment://"):
            return urls[value.removeprefix("attachment://")]
        if isinstance(value, dict):
            return {key: found(each) for key, each in value.items()}
        return [found(each) for each in value] if isinstance(value, list) else value

    return [found(one) for one in embeds]


def _numbered(components: list[Payload]) -> list[Payload]:
    """Return components with the ids that Discord gives them."""
    counter = iter(range(1, 1000))

    def found(one: Payload) -> Payload:
        numbered = {"id": next(counter), **one}
        if "components" in one:
            numbered["components"] = [found(each) for each in one["components"]]
        return numbered

    return [found(one) for one in components]
