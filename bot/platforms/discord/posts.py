"""The tutor's messages on Discord as they can be edited and deleted: by a token, or through their channel."""

import contextlib
from dataclasses import dataclass

import discord

from bot.platforms.discord.fallbacks import versions
from bot.platforms.discord.faults import LESS_MAY_DO, Fault, fault_of
from bot.platforms.discord.memory import Kept
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.sending import changed_message
from bot.platforms.discord.spots import DiscordInteraction

_BEYOND_REACH = (Fault.GONE, Fault.STALE)


@dataclass(slots=True)
class Post:
    """A message of ours. `shared` tells that others than whom it answers can see it.

    One that is `ephemeral` is in no channel: only by the `token` of the interaction that it came
    from can it be edited. `original` is the first answer to that interaction.
    """

    message_id: int
    channel_id: int
    server_id: int | None = None
    shared: bool = False
    ephemeral: bool = False
    token: DiscordInteraction | None = None
    original: bool = False
    kept: Kept | None = None

    def suits(self, *, private: bool) -> bool:
        """Tell whether a reply may take the place of what stands here."""
        return not self.shared if private else not self.ephemeral

    @property
    def by_token(self) -> DiscordInteraction | None:
        """The interaction by which it can still be edited."""
        return None if self.token is None or self.token.is_expired() else self.token

    @property
    def link(self) -> str:
        return f"https://discord.com/channels/{self.server_id or '@me'}/{self.channel_id}/{self.message_id}"


def post_of(kept: Kept, *, shared: bool) -> Post:
    """Return a message as it was remembered; one that no channel holds is ephemeral."""
    return Post(
        message_id=int(kept.message_id),
        channel_id=int(kept.channel_id or 0),
        server_id=int(kept.server_id) if kept.server_id else None,
        shared=shared and bool(kept.channel_id),
        ephemeral=not kept.channel_id,
        kept=kept,
    )


class Posts:
    """Edits and deletes messages of ours."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def edit(self, post: Post, out: Outgoing) -> bool:
        """Make `post` say `out`; False where it is gone or beyond reach. Raises what Discord refuses."""
        try:
            if await self._edited_by_token(post, out):
                return True
            if post.ephemeral:
                return False
            await self._edit_with_less(post, out)
        except discord.HTTPException as error:
            if fault_of(error) in _BEYOND_REACH:
                return False
            raise
        return True

    async def delete(self, post: Post) -> None:
        """Delete `post`, unless it is gone or beyond reach."""
        with contextlib.suppress(discord.NotFound):
            if not await self._deleted_by_token(post) and not post.ephemeral:
                await self._message(post).delete()

    async def _edited_by_token(self, post: Post, out: Outgoing) -> bool:
        token = post.by_token
        if token is None:
            return False
        try:
            if post.original:
                await token.edit_original_response(**changed_message(out))
            else:
                await token.followup.edit_message(post.message_id, **changed_message(out))
        except discord.HTTPException as error:
            return _lost_token(post, error)
        return True

    async def _deleted_by_token(self, post: Post) -> bool:
        token = post.by_token
        if token is None:
            return False
        try:
            if post.original:
                await token.delete_original_response()
            else:
                await token.followup.delete_message(post.message_id)
        except discord.HTTPException as error:
            return _lost_token(post, error)
        return True

    async def _edit_with_less(self, post: Post, out: Outgoing) -> None:
        refused: discord.HTTPException | None = None
        for version in versions(out):
            try:
                await self._edit_in_channel(post, version)
            except discord.HTTPException as error:
                if fault_of(error) not in LESS_MAY_DO:
                    raise
                refused = error
            else:
                return
        if refused is not None:
            raise refused

    async def _edit_in_channel(self, post: Post, out: Outgoing) -> None:
        try:
            await self._message(post).edit(**changed_message(out))
        except discord.HTTPException as error:
            if fault_of(error) is not Fault.ARCHIVED:
                raise
            await self._reopen(post.channel_id)
            await self._message(post).edit(**changed_message(out))

    async def _reopen(self, channel_id: int) -> None:
        channel = self._client.get_channel(channel_id)
        channel = channel or await self._client.fetch_channel(channel_id)
        if isinstance(channel, discord.Thread):
            await channel.edit(archived=False)

    def _message(self, post: Post) -> discord.PartialMessage:
        channel = self._client.get_partial_messageable(post.channel_id, guild_id=post.server_id)
        return channel.get_partial_message(post.message_id)


def _lost_token(post: Post, error: discord.HTTPException) -> bool:
    """Give up a token that is worth nothing any more; raise whatever else `error` is."""
    if fault_of(error) is not Fault.EXPIRED:
        raise error
    post.token = None
    return False
