"""Says in Discord's JSON what a message is."""

from datetime import UTC, datetime

from tests.doubles.discord import payloads
from tests.doubles.discord.world import Message, Payload, Upload

_EPOCH_SECONDS = 1420070400


def attachment(one: Upload, *, ephemeral: bool = False) -> Payload:
    found: Payload = {
        "id": str(one.id),
        "filename": one.name,
        "size": len(one.data),
        "url": one.url,
        "proxy_url": one.url,
        "content_type": one.kind,
        "ephemeral": ephemeral,
    }
    return found if one.alt is None else found | {"description": one.alt}


def message(one: Message, *, contents: bool = True, deep: bool = True) -> Payload:
    """Return a message; without its contents if the bot may not see those."""
    found: Payload = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "type": one.kind,
        "author": payloads.user(one.author),
        "timestamp": _moment(one.id),
        "edited_timestamp": one.edited.isoformat() if one.edited else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": _mentioned(one),
        "mention_roles": [],
        "pinned": False,
        "flags": one.flags,
        "content": one.content if contents else "",
        "embeds": one.embeds if contents else [],
        "attachments": _attachments(one) if contents else [],
        "components": one.components if contents else [],
        "reactions": [_reaction(one, emoji) for emoji in one.reactions],
    }
    if one.nonce is not None:
        found["nonce"] = one.nonce
    return found | _origins(one, deep=deep)


def _attachments(one: Message) -> list[Payload]:
    private = one.only_for is not None
    return [attachment(each, ephemeral=private) for each in one.uploads if not each.embedded]


def _mentioned(one: Message) -> list[Payload]:
    accounts = one.channel.world.accounts.values()
    return [
        payloads.user(each) for each in accounts if each is not one.author and one.mentions(each)
    ]


def _reaction(one: Message, emoji: str) -> Payload:
    by = one.reactions[emoji]
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(by),
        "count_details": {"burst": 0, "normal": len(by)},
        "me": one.channel.world.bot in by,
        "me_burst": False,
        "burst_colors": [],
    }


def _origins(one: Message, *, deep: bool) -> Payload:
    found: Payload = {}
    if one.author.bot:
        found["application_id"] = str(one.author.id)
    if one.asked is not None:
        found["webhook_id"] = str(one.author.id)
        found["interaction_metadata"] = {
            "id": str(one.asked.id),
            "type": one.asked.kind,
            "user": payloads.user(one.asked.person),
            "authorizing_integration_owners": {},
        }
    if one.reference is not None:
        found["message_reference"] = reference(one.reference)
        if deep:
            there = not one.reference.deleted
            found["referenced_message"] = message(one.reference, deep=False) if there else None
    return found


def reference(one: Message) -> Payload:
    found = {"message_id": str(one.id), "channel_id": str(one.channel.id), "type": 0}
    return found | ({"guild_id": str(one.channel.guild.id)} if one.channel.guild else {})


def _moment(snowflake: int) -> str:
    seconds = (snowflake >> 22) / 1000 + _EPOCH_SECONDS
    return datetime.fromtimestamp(seconds, UTC).isoformat()
