"""The gateway: sessions, the events that they get, and how they are resumed or refused."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.doubles.discord import message_payloads, payloads
from tests.doubles.discord.permissions import Permission, in_channel
from tests.doubles.discord.pulse import Pulse
from tests.doubles.discord.sessions import (
    DM_MESSAGES,
    DM_REACTIONS,
    GUILD_MESSAGES,
    GUILD_REACTIONS,
    GUILDS,
    MESSAGE_CONTENT,
    Session,
)
from tests.doubles.discord.world import Account, Channel, Guild, Message, Payload, World

_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME = 0, 1, 2, 6
_RECONNECT, _MEMBERS, _INVALID, _HELLO, _ACK = 7, 8, 9, 10, 11
_HEARTBEAT_MS = 41250
_ACK_SECONDS = 0.02


class Gateway:
    """Speaks with every shard of the bot."""

    def __init__(self, world: World, token: str, violate: Callable[[str], None]) -> None:
        self._world = world
        self._token = token
        self._violate = violate
        self.url = ""
        self.refused_intents = 0
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.pulse = Pulse()

    # What tests do to it.

    async def drop(self, code: int = 4000) -> None:
        """Cut every connection; its session can be resumed."""
        for session in list(self.sessions.values()):
            socket, session.socket = session.socket, None
            session.drops += 1
            if socket is not None and not socket.closed:
                await socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        for session in self.sessions.values():
            session.drops += 1
            if session.socket is not None:
                await session.socket.send_json({"op": _RECONNECT, "d": None})

    async def invalidate(self) -> None:
        """Forget all sessions, and cut their connections: what comes back has to start afresh."""
        forgotten, self.sessions = list(self.sessions.values()), {}
        for session in forgotten:
            session.drops += 1
            if session.socket is not None and not session.socket.closed:
                await session.socket.send_json({"op": _INVALID, "d": False})

    @property
    def shards(self) -> int:
        """How many shards are connected."""
        return sum(one.connected for one in self.sessions.values())

    # What the world tells through it.

    def tell(self, event: str, data: Any, guild: Guild | None, intent: int = GUILDS) -> None:
        """Tell the shard that cares about `guild`, or about direct messages."""
        for session in self._listening(guild, intent):
            session.tell(event, data)

    def tell_message(self, event: str, message: Message) -> None:
        if not self._seen_by_bot(message.channel):
            return
        guild = message.channel.guild
        intent = DM_MESSAGES if guild is None else GUILD_MESSAGES
        for session in self._listening(guild, intent):
            contents = session.sees_contents(message, self._world.bot.id)
            data = message_payloads.message(message, contents=contents)
            if guild is not None:
                data["guild_id"] = str(guild.id)
                data["member"] = payloads.member(guild, message.author)
            session.tell(event, data)

    def tell_reaction(self, event: str, message: Message, who: Account, emoji: str) -> None:
        if not self._seen_by_bot(message.channel):
            return
        guild = message.channel.guild
        data: Payload = {
            "user_id": str(who.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        if guild is not None:
            data["guild_id"] = str(guild.id)
            if event == "MESSAGE_REACTION_ADD":
                data["member"] = payloads.full_member(guild, who)
        self.tell(event, data, guild, DM_REACTIONS if guild is None else GUILD_REACTIONS)

    def _seen_by_bot(self, channel: Channel) -> bool:
        return Permission.VIEW_CHANNEL in in_channel(channel, self._world.bot)

    def listener(self, guild: Guild | None) -> Session | None:
        """Return the connected session that gets the interactions of `guild`."""
        there = guild if guild is not None and guild.has_bot else None
        found = [one for one in self._listening(there, 0) if one.connected]
        return found[-1] if found else None

    def _listening(self, guild: Guild | None, intent: int) -> list[Session]:
        number = 0 if guild is None else guild.id >> 22
        return [
            one
            for one in self.sessions.values()
            if number % one.shards == one.shard and one.intents & intent == intent
        ]

    # The protocol.

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        await socket.send_json({"op": _HELLO, "d": {"heartbeat_interval": _HEARTBEAT_MS}})
        session: Session | None = None
        sender: asyncio.Task[None] | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            data = json.loads(frame.data)
            if data["op"] == _HEARTBEAT:
                # Not before the client has noted when it sent this: it would measure nonsense.
                await asyncio.sleep(_ACK_SECONDS)
                await socket.send_json({"op": _ACK, "d": None})
            elif data["op"] in (_IDENTIFY, _RESUME):
                begin = self._identify if data["op"] == _IDENTIFY else self._resume
                session = await begin(socket, data["d"])
                if session is not None:
                    sender = asyncio.create_task(self._send(session, socket))
            elif data["op"] == _MEMBERS and session is not None:
                self._chunk(session, data["d"])
        await self._gone(session, socket, sender)
        return socket

    async def _gone(
        self,
        session: Session | None,
        socket: web.WebSocketResponse,
        sender: asyncio.Task[None] | None,
    ) -> None:
        if sender is not None:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender
        if session is not None and session.socket is socket:
            session.socket = None
            session.drops += 1
            if socket.close_code in (1000, 1001):  # a client that says goodbye ends its session
                self.sessions.pop(session.id, None)
        self.pulse.beat()

    async def _send(self, session: Session, socket: web.WebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await socket.send_str(await session.unsent.get())

    async def _identify(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        if data["token"] != self._token:
            await socket.close(code=4004, message=b"Authentication failed.")
            return None
        if data["intents"] & self.refused_intents:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
            return None
        shard, shards = data.get("shard", [0, 1])
        self._replace(shard, shards)
        session = Session(shard, shards, data["intents"], socket=socket)
        self.sessions[session.id] = session
        self.identified += 1
        self._welcome(session)
        self.pulse.beat()
        return session

    def _replace(self, shard: int, shards: int) -> None:
        """Forget what an earlier life of the same shard has left."""
        for one in list(self.sessions.values()):
            if one.shards != shards or (one.shard == shard and not one.connected):
                del self.sessions[one.id]
            elif one.shard == shard:
                self._violate(f"shard {shard} is there twice")

    def _welcome(self, session: Session) -> None:
        mine = [
            one
            for one in self._world.guilds.values()
            if one.has_bot and (one.id >> 22) % session.shards == session.shard
        ]
        session.tell(
            "READY",
            {
                "v": 10,
                "user": payloads.user(self._world.bot),
                "guilds": [{"id": str(one.id), "unavailable": True} for one in mine],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "shard": [session.shard, session.shards],
                "application": {
                    "id": str(self._world.application_id),
                    "flags": self.application_flags,
                },
            },
        )
        for one in mine:
            session.tell("GUILD_CREATE", payloads.guild(one))

    @property
    def application_flags(self) -> int:
        """The limited message content flag, unless the developer portal refuses that."""
        return 0 if self.refused_intents & MESSAGE_CONTENT else 1 << 19

    async def _resume(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != self._token:
            await socket.send_json({"op": _INVALID, "d": False})
            return None
        session.socket, session.unsent = socket, asyncio.Queue()
        for frame in session.told[data["seq"] :]:
            session.unsent.put_nowait(frame)
        self.resumed += 1
        session.tell("RESUMED", {})
        self.pulse.beat()
        return session

    def _chunk(self, session: Session, data: Payload) -> None:
        guild = self._world.guilds[int(data["guild_id"])]
        wanted = {int(one) for one in data.get("user_ids", [])}
        query = data.get("query")
        found = [
            payloads.full_member(guild, one.account)
            for one in guild.members.values()
            if one.account.id in wanted
            or (query is not None and one.account.name.startswith(query))
        ]
        chunk = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1}
        session.tell("GUILD_MEMBERS_CHUNK", chunk | {"nonce": data.get("nonce")})
