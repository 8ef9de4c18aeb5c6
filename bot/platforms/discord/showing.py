"""Puts a reply's messages where its slot stands: edits what is there, sends what is not, deletes the rest."""

from bot.platforms.discord.channels import Channels
from bot.platforms.discord.job import Job
from bot.platforms.discord.memory import Memory
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.posts import Post, Posts, post_of

_Shown = tuple[Post, Outgoing, bool]
"""A message, what it says, and whether it is new."""


class Showing:
    """What showing needs; one for the whole program."""

    def __init__(self, posts: Posts, channels: Channels, memory: Memory) -> None:
        self.posts = posts
        self.channels = channels
        self.memory = memory

    def stand(self, slot: str) -> "Stand":
        return Stand(self, slot)


class Stand:
    """The messages that stand in one slot, in the order in which they follow each other."""

    def __init__(self, showing: Showing, slot: str) -> None:
        self._showing = showing
        self._slot = slot
        self._known = not slot
        self.posts: list[Post] = []

    async def show(self, job: Job) -> None:
        """Make the slot say what `job` says. Raises what Discord refuses, and can be called again."""
        await self._learn()
        if not job.reply.parts:
            await self._take_away(job)
            return
        for post, out, is_new in await self._replaced(job):
            if is_new and out.reactions and not post.ephemeral:
                await self._showing.channels.react(post, job.courier.scene, out.reactions)

    async def _learn(self) -> None:
        """Look up what stood here before the program was started."""
        if self._known:
            return
        memory = self._showing.memory
        for kept in await memory.in_slot(self._slot):
            shared = bool(kept.server_id) and not await memory.owner_of_thread(kept.channel_id)
            self.posts.append(post_of(kept, shared=shared))
        self._known = True

    async def _replaced(self, job: Job) -> list[_Shown]:
        """Bring every message of `job` to where it belongs, and remember it; return all of them."""
        old = [post for post in self.posts if post.suits(private=job.private)]
        shown: list[_Shown] = []
        for number, out in enumerate(job.rendered()):
            post = old.pop(0) if old else None
            edited = post is not None and await self._edited(post, out, job)
            if not edited:
                # What would follow the new message must not stand above it.
                for gone in (*([post] if post else []), *old):
                    await self._remove(gone)
                old = []
                post = await job.courier.send(
                    out, job.nonce + 100 * number, private=job.private, settled=job.settled
                )
                self.posts += [post] if post else []
            if post is not None:
                await self._keep(post, job, is_first=not number)
                shown.append((post, out, not edited))
        for surplus in old:
            await self._remove(surplus)
        return shown

    async def _edited(self, post: Post, out: Outgoing, job: Job) -> bool:
        answering = job.courier.answering
        if answering is not None and await answering.edit_pressed(post, out):
            return True
        return await self._showing.posts.edit(post, out)

    async def _take_away(self, job: Job) -> None:
        for post in list(self.posts):
            if job.courier.answering is not None:
                await job.courier.answering.take_over(post)
            await self._remove(post)

    async def _remove(self, post: Post) -> None:
        await self._showing.posts.delete(post)
        self.posts.remove(post)
        if post.kept is not None:
            await self._showing.memory.forget(post.kept.message_id)

    async def _keep(self, post: Post, job: Job, *, is_first: bool) -> None:
        """Remember what was shown, before anything else is done with it."""
        if not self._slot and (post.ephemeral or post.server_id is None):
            return
        kept = job.kept(post, self._slot, settled=job.settled or not is_first)
        if kept != post.kept:
            note = job.intention.take() if job.intention else ""
            await self._showing.memory.keep(kept, instead_of=note)
            post.kept = kept
