"""Channels, threads, members and direct messages, as the bot asks for them."""

from tests.doubles.discord import payloads
from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.permissions import Permission, in_channel
from tests.doubles.discord.rest import NO_ACCESS, NO_PERMISSION, Call, Handler, Refusal, unknown
from tests.doubles.discord.rest_messages import MessageRoutes
from tests.doubles.discord.world import (
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Account,
    Channel,
    Guild,
    Payload,
    World,
)

P = Permission
_CHANNEL = "/channels/{channel_id}"
_MEMBERS = f"{_CHANNEL}/thread-members"


class ChannelRoutes:
    """What the bot does with channels and threads, within its permissions."""

    def __init__(self, world: World, gateway: Gateway, messages: MessageRoutes) -> None:
        self._world = world
        self._gateway = gateway
        self._messages = messages

    def routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", _CHANNEL, self.get),
            ("PATCH", _CHANNEL, self.change),
            ("DELETE", _CHANNEL, self.delete),
            ("POST", f"{_CHANNEL}/threads", self.start_thread),
            ("POST", f"{_CHANNEL}/messages/{{message_id}}/threads", self.start_public_thread),
            ("PUT", f"{_MEMBERS}/@me", self.join),
            ("PUT", f"{_MEMBERS}/{{user_id}}", self.add),
            ("DELETE", f"{_MEMBERS}/{{user_id}}", self.remove),
            ("GET", _MEMBERS, self.thread_members),
            ("POST", "/users/@me/channels", self.open_dm),
            ("GET", "/guilds/{guild_id}", self.guild),
            ("GET", "/guilds/{guild_id}/channels", self.channels),
            ("GET", "/guilds/{guild_id}/roles", self.roles),
            ("GET", "/guilds/{guild_id}/members/{user_id}", self.member),
            ("GET", "/guilds/{guild_id}/threads/active", self.active_threads),
            ("DELETE", "/users/@me/guilds/{guild_id}", self.leave),
            ("GET", "/users/{user_id}", self.user),
        ]

    async def get(self, call: Call) -> Payload:
        return payloads.channel(self._messages.channel(call))

    async def start_thread(self, call: Call) -> Payload:
        parent = self._messages.channel(call)
        kind = call.body.get("type", PRIVATE_THREAD)
        private = kind == PRIVATE_THREAD
        self._may(parent, P.CREATE_PRIVATE_THREADS if private else P.CREATE_PUBLIC_THREADS)
        return self._start(parent, kind, call)

    async def start_public_thread(self, call: Call) -> Payload:
        parent = self._messages.channel(call)
        self._may(parent, P.CREATE_PUBLIC_THREADS)
        return self._start(parent, PUBLIC_THREAD, call)

    def _start(self, parent: Channel, kind: int, call: Call) -> Payload:
        if parent.guild is None or parent.thread:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        made = self._world.channel(
            kind, call.body["name"], guild=parent.guild, parent=parent, owner=self._world.bot
        )
        made.archive_minutes = call.body.get("auto_archive_duration") or 1440
        made.thread_members[self._world.bot.id] = self._world.bot
        data = payloads.channel(made)
        self._gateway.tell("THREAD_CREATE", data | {"newly_created": True}, parent.guild)
        parent.changed()
        return data

    async def change(self, call: Call) -> Payload:
        one = self._messages.channel(call)
        if not one.thread:
            self._may(one, P.MANAGE_CHANNELS)
        elif one.owner is not self._world.bot or one.locked:
            self._may(one, P.MANAGE_THREADS)
        one.name = call.body.get("name", one.name)
        one.archived = call.body.get("archived", one.archived)
        one.locked = call.body.get("locked", one.locked)
        self._gateway.tell("THREAD_UPDATE", payloads.channel(one), one.guild)
        one.changed()
        return payloads.channel(one)

    async def delete(self, call: Call) -> Payload:
        one = self._messages.channel(call)
        self._may(one, P.MANAGE_THREADS if one.thread else P.MANAGE_CHANNELS)
        found = payloads.channel(one)
        self.remove_channel(one)
        return found

    def remove_channel(self, one: Channel) -> None:
        """Take a channel or thread away, as a moderator does."""
        del self._world.channels[one.id]
        data = {"id": str(one.id), "type": one.kind}
        data["guild_id"] = str(one.guild.id if one.guild else 0)
        data["parent_id"] = str(one.parent.id if one.parent else 0)
        event = "THREAD_DELETE" if one.thread else "CHANNEL_DELETE"
        self._gateway.tell(event, data | payloads.channel(one), one.guild)
        one.changed()

    async def join(self, call: Call) -> None:
        self._add(self._messages.channel(call), self._world.bot)

    async def add(self, call: Call) -> None:
        thread = self._messages.channel(call)
        who = self._account(call)
        if thread.guild is None or who.id not in thread.guild.members:
            raise unknown("Member", 10007)
        self._may(thread, P.SEND_MESSAGES_IN_THREADS)
        if thread.archived:
            raise Refusal(400, 50083, "Thread is archived")
        self._add(thread, who)

    async def remove(self, call: Call) -> None:
        thread = self._messages.channel(call)
        if not (thread.private and thread.owner is self._world.bot):
            self._may(thread, P.MANAGE_THREADS)
        thread.thread_members.pop(call.id("user_id"), None)

    def _add(self, thread: Channel, who: Account) -> None:
        thread.thread_members[who.id] = who
        data = {
            "id": str(thread.id),
            "guild_id": str(thread.guild.id if thread.guild else 0),
            "member_count": len(thread.thread_members),
            "added_members": [payloads.thread_member(thread, who)],
            "removed_member_ids": [],
        }
        self._gateway.tell("THREAD_MEMBERS_UPDATE", data, thread.guild)
        thread.changed()

    async def thread_members(self, call: Call) -> list[Payload]:
        thread = self._messages.channel(call)
        return [payloads.thread_member(thread, who) for who in thread.thread_members.values()]

    async def open_dm(self, call: Call) -> Payload:
        who = self._world.accounts.get(int(call.body["recipient_id"]))
        if who is None or who.bot:
            raise Refusal(400, 50033, "Invalid Recipient(s)")
        return payloads.channel(self._world.dm(who))

    async def guild(self, call: Call) -> Payload:
        return payloads.guild(self._guild(call))

    async def channels(self, call: Call) -> list[Payload]:
        return [payloads.channel(one) for one in self._guild(call).channels if not one.thread]

    async def roles(self, call: Call) -> list[Payload]:
        return [payloads.role(one) for one in self._guild(call).roles.values()]

    async def member(self, call: Call) -> Payload:
        guild = self._guild(call)
        found = guild.members.get(call.id("user_id"))
        if found is None:
            raise unknown("Member", 10007)
        return payloads.full_member(guild, found.account)

    async def active_threads(self, call: Call) -> Payload:
        threads = [one for one in self._guild(call).channels if one.thread and not one.archived]
        bot = self._world.bot
        seen = [one for one in threads if in_channel(one, bot) & P.VIEW_CHANNEL]
        joined = [payloads.thread_member(one, bot) for one in seen if bot.id in one.thread_members]
        return {"threads": [payloads.channel(one) for one in seen], "members": joined}

    async def leave(self, call: Call) -> None:
        guild = self._guild(call)
        del guild.members[self._world.bot.id]
        self._gateway.tell("GUILD_DELETE", {"id": str(guild.id)}, guild)

    async def user(self, call: Call) -> Payload:
        return payloads.user(self._account(call))

    def _account(self, call: Call) -> Account:
        found = self._world.accounts.get(call.id("user_id"))
        if found is None:
            raise unknown("User", 10013)
        return found

    def _guild(self, call: Call) -> Guild:
        found = self._world.guilds.get(call.id("guild_id"))
        if found is None or not found.has_bot:
            raise unknown("Guild", 10004) if found is None else Refusal(*NO_ACCESS)
        return found

    def _may(self, channel: Channel, needed: Permission) -> None:
        if needed not in in_channel(channel, self._world.bot):
            raise Refusal(*NO_PERMISSION)
