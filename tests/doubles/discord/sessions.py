"""What the gateway has told each shard of the bot, so that it can be told again."""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.doubles.discord.world import DM, Message

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, GUILD_REACTIONS, GUILD_TYPING = 1 << 9, 1 << 10, 1 << 11
DM_MESSAGES, DM_REACTIONS, DM_TYPING = 1 << 12, 1 << 13, 1 << 14
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = MEMBERS | PRESENCES | MESSAGE_CONTENT


@dataclass(eq=False)
class Session:
    """What one shard of the bot has been told; it outlives its connection."""

    shard: int
    shards: int
    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    told: list[str] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    unsent: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    drops: int = 0

    @property
    def connected(self) -> bool:
        return self.socket is not None and not self.socket.closed

    def tell(self, event: str, data: Any) -> None:
        frame = {"op": 0, "t": event, "s": len(self.told) + 1, "d": data}
        self.told.append(json.dumps(frame))
        if self.connected:
            self.unsent.put_nowait(self.told[-1])

    def sees_contents(self, message: Message, bot_id: int) -> bool:
        mine = message.author.id == bot_id
        in_dm = message.channel.kind == DM
        bot = message.channel.world.bot
        return bool(self.intents & MESSAGE_CONTENT) or mine or in_dm or message.mentions(bot)
