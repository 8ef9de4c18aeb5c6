"""What a member may do in a channel, computed as Discord computes it."""

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.doubles.discord.world import Account, Channel, Guild


class Permission(IntFlag):
    """The permissions that matter to a bot like ours."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    USE_EXTERNAL_APPS = 1 << 50


P = Permission
EVERYTHING = Permission(sum(Permission))
MODERATING = P.MANAGE_MESSAGES | P.MANAGE_THREADS | P.MODERATE_MEMBERS
CHATTING = EVERYTHING & ~(
    MODERATING
    | P.ADMINISTRATOR
    | P.MANAGE_CHANNELS
    | P.MANAGE_GUILD
    | P.MANAGE_ROLES
    | P.MENTION_EVERYONE
)
"""What everybody may do in a new server."""

DIRECT = CHATTING & ~(
    P.CREATE_PUBLIC_THREADS | P.CREATE_PRIVATE_THREADS | P.SEND_MESSAGES_IN_THREADS
)


def in_guild(guild: "Guild", account: "Account") -> Permission:
    """Return what `account` may do in the server as a whole."""
    member = guild.members.get(account.id)
    if member is None:
        return P(0)
    if guild.owner is account:
        return EVERYTHING
    found = guild.everyone.permissions
    for role in member.roles:
        found |= role.permissions
    return EVERYTHING if P.ADMINISTRATOR in found else found


def in_channel(channel: "Channel", account: "Account") -> Permission:
    """Return what `account` may do in `channel`; a thread takes after the channel it is in."""
    if channel.guild is None:
        return DIRECT if account in channel.recipients else P(0)
    found = in_guild(channel.guild, account)
    member = channel.guild.members.get(account.id)
    if member is None or P.ADMINISTRATOR in found:
        return found
    rules = (channel.parent or channel).overwrites
    for target in (channel.guild.id, *sorted(role.id for role in member.roles), account.id):
        allow, deny = rules.get(target, (P(0), P(0)))
        found = (found & ~deny) | allow
    if P.VIEW_CHANNEL not in found:
        return P(0)
    hidden = channel.private and account.id not in channel.thread_members
    return P(0) if hidden and P.MANAGE_THREADS not in found else found
