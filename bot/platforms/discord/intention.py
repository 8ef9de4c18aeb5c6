"""Notes on the disk that an answer is under way, before there is a message that could be remembered."""

from dataclasses import dataclass

from bot.platforms.discord.memory import Kept, Memory

_MARK = "?"


@dataclass(frozen=True, slots=True)
class Underway:
    """What was noted: the answer to `asked`, a message or an interaction, for `slot`."""

    asked: int
    slot: str
    note: Kept


def underway(kept: Kept) -> Underway | None:
    """Return what a note says, None for what is a message."""
    if not kept.message_id.startswith(_MARK):
        return None
    asked, _, slot = kept.message_id.removeprefix(_MARK).partition(":")
    return Underway(int(asked), slot, kept)


class Intention:
    """The note of one answer; `note` is all that is known of its message."""

    def __init__(self, memory: Memory, asked: int, note: Kept) -> None:
        self._memory = memory
        self._asked = asked
        self._note = note
        self._id = ""
        self._taken = False

    async def announce(self) -> None:
        """Note that an answer is under way of which nothing is known and nothing was shown yet."""
        if not self._taken:
            await self.write("")

    async def write(self, slot: str) -> None:
        """Note that the answer in `slot` is under way, unless that was noted already."""
        before = self._id
        if before and not (slot and before.endswith(":")):
            return
        self._id = f"{_MARK}{self._asked}:{slot}"
        note = Kept(
            message_id=self._id,
            channel_id=self._note.channel_id,
            server_id=self._note.server_id,
            owner=self._note.owner,
            source=self._note.source,
            settled=False,
        )
        await self._memory.keep(note, instead_of=before)

    def take(self) -> str:
        """Return the id of the note, to be replaced by a message; empty if there is none."""
        taken, self._id, self._taken = self._id, "", True
        return taken

    async def erase(self) -> None:
        """Forget the note, if it is still there."""
        if taken := self.take():
            await self._memory.forget(taken)
