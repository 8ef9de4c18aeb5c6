"""Writes into channels what may be written there, and less where permissions are missing."""

import asyncio
import logging

import discord

from bot.platforms.discord.fallbacks import versions, without_embeds, without_files
from bot.platforms.discord.faults import LESS_MAY_DO, Fault, described, fault_of
from bot.platforms.discord.missing import Missing, needed, permissions_in
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.posts import Post
from bot.platforms.discord.scene import Scene
from bot.platforms.discord.sending import new_message
from bot.platforms.discord.spots import Channel

_CANNOT = (Fault.FORBIDDEN, Fault.GONE, Fault.CLOSED, Fault.ARCHIVED)

_WITHOUT_WHICH_NOTHING = frozenset({"view_channel", "send_messages", "send_messages_in_threads"})

log = logging.getLogger(__name__)


class Channels:
    """Sends new messages into channels, and puts reactions below them."""

    def __init__(self, client: discord.Client, missing: Missing) -> None:
        self._client = client
        self._missing = missing
        self._requests: set[asyncio.Future[discord.Message]] = set()

    async def send(
        self, scene: Scene, out: Outgoing, nonce: int, reply_to: int | None = None
    ) -> Post | None:
        """Send `out`, as a reply to a message if possible; None where it may not be sent.

        With the same `nonce` Discord sends it once, however often it is tried. Raises all other
        that Discord refuses.
        """
        lacking = self._lacking(scene.channel, out)
        try:
            if not _WITHOUT_WHICH_NOTHING.isdisjoint(lacking):
                return None
            return await self._sent(scene, _with_less(out, lacking), nonce, reply_to)
        except discord.HTTPException as error:
            if fault_of(error) not in _CANNOT:
                raise
            log.info("channel %s cannot be written into: %s", scene.channel.id, described(error))
            return None
        finally:
            for permission in lacking:
                await self._missing.tell(permission, scene.channel, scene.asker)

    async def react(self, post: Post, scene: Scene, emojis: tuple[str, ...]) -> None:
        """Put reactions below a message, one after the other, until one is refused."""
        message = scene.channel.get_partial_message(post.message_id)
        for emoji in emojis:
            try:
                await message.add_reaction(emoji)
            except discord.HTTPException as error:
                log.info("message %s: no reaction: %s", post.message_id, described(error))
                if fault_of(error) is Fault.FORBIDDEN:
                    await self._missing.tell("add_reactions", scene.channel, scene.asker)
                return

    async def _sent(
        self, scene: Scene, out: Outgoing, nonce: int, reply_to: int | None
    ) -> Post | None:
        refused: discord.HTTPException | None = None
        for number, version in enumerate(versions(out)):
            parts = new_message(version)
            try:
                message_id, channel_id = await self._send(
                    scene.channel, parts, nonce + number, reply_to
                )
            except discord.HTTPException as error:
                if fault_of(error) not in LESS_MAY_DO:
                    raise
                refused = error
            else:
                return Post(message_id, channel_id, scene.server_id, scene.shared)
        if refused is not None:
            raise refused
        return None

    async def _send(
        self, channel: Channel, parts: dict[str, object], nonce: int, reply_to: int | None
    ) -> tuple[int, int]:
        """Send a message; return its id and its channel's as soon as one of two ways tells them.

        After the last request that a channel takes for now, the library returns only when it takes
        the next one. By then people have long pressed what they see.
        """
        told = asyncio.ensure_future(
            self._client.wait_for("message", check=lambda one: str(one.nonce) == str(nonce))
        )
        sending = asyncio.ensure_future(self._request(channel, parts, nonce, reply_to))
        self._requests.add(sending)
        sending.add_done_callback(self._requests.discard)
        try:
            await asyncio.wait({told, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() or not told.done():
                message = await sending
            else:
                message = told.result()
        except asyncio.CancelledError:
            sending.cancel()
            raise
        finally:
            told.cancel()
        return message.id, message.channel.id

    async def _request(
        self, channel: Channel, parts: dict[str, object], nonce: int, reply_to: int | None
    ) -> discord.Message:
        may = permissions_in(channel)
        if reply_to is None or (may is not None and not may.read_message_history):
            return await channel.send(nonce=nonce, **parts)  # type: ignore[no-any-return, call-overload]
        # A source that was deleted meanwhile is no reason not to answer.
        reference = discord.MessageReference(
            message_id=reply_to, channel_id=channel.id, fail_if_not_exists=False
        )
        return await channel.send(  # type: ignore[no-any-return, call-overload]
            nonce=nonce, reference=reference, mention_author=False, **parts
        )

    def _lacking(self, channel: Channel, out: Outgoing) -> tuple[str, ...]:
        may = permissions_in(channel)
        if may is None:
            return ()
        return tuple(name for name in needed(channel, out) if not getattr(may, name))


def _with_less(out: Outgoing, lacking: tuple[str, ...]) -> Outgoing:
    """Return what can be sent without these permissions, so that nothing has to be refused first."""
    out = without_files(out) if "attach_files" in lacking else out
    return without_embeds(out) if "embed_links" in lacking else out
