"""What the Discord platform remembers: which message stands where, whose thread is whose, and its own state."""

from typing import Protocol

from bot.tutor.messages import Kept

__all__ = ["Kept", "Memory"]


class Memory(Protocol):
    """Remembers across restarts. What a method changed is on the disk when it returns."""

    async def keep(self, kept: Kept, instead_of: str = "") -> None:
        """Remember a message, in the place of what was known of it and of the one `instead_of`."""
        ...

    async def in_slot(self, slot: str) -> tuple[Kept, ...]:
        """Return the messages of a slot: the one that is edited in place, then those that follow it."""
        ...

    async def message(self, message_id: str) -> Kept | None: ...

    async def unsettled(self) -> tuple[Kept, ...]:
        """Return the messages that still say that something goes on."""
        ...

    async def forget(self, *message_ids: str) -> None: ...

    async def thread_of(self, server_id: str, user_id: str) -> str | None:
        """Return the channel id of the learner's private thread in that server."""
        ...

    async def owner_of_thread(self, channel_id: str) -> str | None:
        """Return the user id of the learner whose private thread that channel is."""
        ...

    async def keep_thread(self, server_id: str, user_id: str, channel_id: str) -> None:
        """Remember the learner's private thread, in the place of an earlier one."""
        ...

    async def forget_thread(self, channel_id: str) -> None: ...

    async def prune(self) -> None:
        """Forget messages so old that nobody will come back to them."""
        ...

    async def state(self, name: str) -> str | None: ...

    async def set_state(self, name: str, value: str) -> None: ...
