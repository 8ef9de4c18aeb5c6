"""A reply on its way: what it is rendered as, whom it answers, and how it is sent."""

import secrets
from dataclasses import dataclass, field

from bot.platforms.discord.courier import Courier
from bot.platforms.discord.intention import Intention
from bot.platforms.discord.look import MOST_FILE, Look
from bot.platforms.discord.memory import Kept
from bot.platforms.discord.notices import goes_on
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.posts import Post
from bot.platforms.discord.render import render
from bot.tutor.ports import Wording
from bot.tutor.reply import Reply


@dataclass(slots=True, kw_only=True)
class Job:
    """One reply. `intention` is the note that an answer is under way."""

    reply: Reply
    courier: Courier
    say: Wording
    source: str = ""
    intention: Intention | None = None
    filesize_limit: int = MOST_FILE
    nonce: int = field(default_factory=lambda: secrets.randbits(60))

    @property
    def settled(self) -> bool:
        return not goes_on(self.reply)

    @property
    def private(self) -> bool:
        if self.reply.channel is not None:
            return False
        return self.reply.visibility == "private" or self.courier.scene.guest

    def rendered(self) -> tuple[Outgoing, ...]:
        is_dm = self.courier.scene.server_id is None
        return render(self.reply, Look(self.say, self.filesize_limit, is_dm))

    def kept(self, post: Post, slot: str, *, settled: bool) -> Kept:
        """Return how `post` is to be remembered; it stays with whom it belonged to from the first."""
        before = post.kept
        return Kept(
            message_id=str(post.message_id),
            channel_id="" if post.ephemeral else str(post.channel_id),
            server_id=str(post.server_id or ""),
            slot=slot,
            owner=self.courier.owner if before is None else before.owner,
            source=self.source or (before.source if before else ""),
            settled=settled,
        )
