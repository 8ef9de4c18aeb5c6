"""Says in Discord's JSON what there is in the world."""

from tests.doubles.discord.permissions import in_channel
from tests.doubles.discord.world import (
    DM,
    LONG_AGO,
    Account,
    Channel,
    Guild,
    Payload,
    Role,
    World,
)

_LONG_AGO = LONG_AGO.isoformat()


def user(account: Account) -> Payload:
    return {
        "id": str(account.id),
        "username": account.name,
        "global_name": None if account.bot else account.name,
        "discriminator": "0",
        "avatar": None,
        "bot": account.bot,
        "public_flags": 0,
        "flags": 0,
    }


def member(guild: Guild, account: Account) -> Payload:
    one = guild.members.get(account.id)
    return {
        "roles": [str(role.id) for role in one.roles] if one else [],
        "joined_at": (one.joined if one else LONG_AGO).isoformat(),
        "deaf": False,
        "mute": False,
        "flags": 0,
        "nick": None,
        "avatar": None,
        "premium_since": None,
        "pending": False,
    }


def full_member(guild: Guild, account: Account) -> Payload:
    return member(guild, account) | {"user": user(account)}


def role(one: Role) -> Payload:
    return {
        "id": str(one.id),
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(int(one.permissions)),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel(one: Channel) -> Payload:
    if one.kind == DM:
        others = [user(each) for each in one.recipients if not each.bot]
        return {"id": str(one.id), "type": DM, "last_message_id": None, "recipients": others}
    return _thread(one) if one.thread else _text_channel(one)


def _text_channel(one: Channel) -> Payload:
    roles = one.guild.roles if one.guild else {}
    return {
        **_place(one),
        "position": 0,
        "topic": None,
        "nsfw": False,
        "permission_overwrites": [
            {
                "id": str(target),
                "type": 0 if target in roles else 1,
                "allow": str(int(allow)),
                "deny": str(int(deny)),
            }
            for target, (allow, deny) in one.overwrites.items()
        ],
    }


def _thread(one: Channel) -> Payload:
    visible = sum(not each.deleted for each in one.messages.values())
    found = {
        **_place(one),
        "owner_id": str(one.owner.id if one.owner else 0),
        "message_count": visible,
        "total_message_sent": visible,
        "member_count": len(one.thread_members),
        "thread_metadata": {
            "archived": one.archived,
            "auto_archive_duration": one.archive_minutes,
            "archive_timestamp": _LONG_AGO,
            "locked": one.locked,
            "invitable": False,
            "create_timestamp": _LONG_AGO,
        },
    }
    bot = one.world.bot
    if bot.id in one.thread_members:
        found["member"] = thread_member(one, bot)
    return found


def _place(one: Channel) -> Payload:
    return {
        "id": str(one.id),
        "type": one.kind,
        "guild_id": str(one.guild.id if one.guild else 0),
        "name": one.name,
        "parent_id": str(one.parent.id) if one.parent else None,
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "flags": 0,
    }


def thread_member(thread: Channel, account: Account) -> Payload:
    return {
        "id": str(thread.id),
        "user_id": str(account.id),
        "join_timestamp": _LONG_AGO,
        "flags": 0,
    }


def partial_channel(one: Channel, viewer: Account) -> Payload:
    """Return the channel as interactions carry it."""
    found = channel(one)
    if one.kind != DM:
        found["permissions"] = str(int(in_channel(one, viewer)))
    return found


def guild(one: Guild) -> Payload:
    """Return a server as the bot learns of it: with itself as the only member, as without the intent."""
    bot = one.world.bot
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner.id),
        "preferred_locale": one.locale,
        "features": [],
        "roles": [role(each) for each in one.roles.values()],
        "emojis": [],
        "stickers": [],
        "system_channel_id": str(one.channels[0].id) if one.channels else None,
        "system_channel_flags": 0,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "afk_timeout": 0,
        "joined_at": one.members[bot.id].joined.isoformat(),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "voice_states": [],
        "members": [full_member(one, bot)],
        "channels": [channel(each) for each in one.channels if not each.thread],
        "threads": [channel(each) for each in one.channels if _joined(each, bot)],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _joined(one: Channel, bot: Account) -> bool:
    return one.thread and not one.archived and (not one.private or bot.id in one.thread_members)


def application(world: World, flags: int) -> Payload:
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": flags,
        "rpc_origins": [],
        "owner": user(world.bot),
        "team": None,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
    }


def app_permissions(one: Channel) -> str:
    """Return what the application may do there; where it is not a member, what users' apps may."""
    bot = one.world.bot
    there = one.guild is None or one.guild.has_bot
    return str(int(in_channel(one, bot)) if there else 0)
