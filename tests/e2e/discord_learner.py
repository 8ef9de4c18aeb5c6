"""A learner on Discord who follows a script: presses what is so labelled, posts code, uses commands."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.tutor.verbs import NAMES, named
from tests.doubles.discord.people import Person
from tests.doubles.discord.pulse import until
from tests.doubles.discord.seeing import Seen
from tests.doubles.discord.world import Channel

PATIENCE = 40.0
_OPTION = {"inspect": "name", "learn": "lesson"}
_FIRST_LETTER = 0x1F1E6
_STOP = ("Stop", "멈추기", "중지", "정지")


@dataclass
class Learner:
    """Somebody at work in their thread or DM; `seen` is what the last step led to."""

    person: Person
    where: Channel
    seen: list[Seen] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(one.text for one in self.seen)

    async def does(self, line: str, *expected: str) -> str:
        """Do one line of a script; wait for its answer, or for one with all the words expected."""
        before = self._state()
        await self._do(line)
        self.seen = await until(
            self.where.pulse,
            lambda: self._answer(before, expected),
            PATIENCE,
            lambda: (
                f"{self.person.name}: no answer to {line!r} with {expected}, but\n{self._shown()}"
            ),
        )
        return self.text

    async def _do(self, line: str) -> None:
        spoken = line in NAMES and self._find(line) is None
        if "\n" in line or spoken:
            await self.person.posts(self.where, line)
        elif line.startswith("/"):
            verb, *words = line[1:].split()
            options = {_OPTION[named(verb)]: " ".join(words)} if words else {}
            await self.person.slash(self.where, named(verb), **options)
        else:
            seen, label = await self.finds(line)
            await self.person.presses(seen, label)

    async def shown(self, found: Callable[[], Any], what: str) -> None:
        """Wait until something is so on their screen."""
        await until(self.where.pulse, found, PATIENCE, lambda: f"{what}\n{self._shown()}")

    async def finds(self, wanted: str) -> tuple[Seen, str]:
        """Wait for a button, or an option of a question, and return it with its label."""
        return await until(  # type: ignore[no-any-return]
            self.where.pulse,
            lambda: self._find(wanted),
            PATIENCE,
            lambda: f"{self.person.name}: nowhere {wanted!r} in\n{self._shown()}",
        )

    def _find(self, wanted: str) -> tuple[Seen, str] | None:
        for one in reversed(self._theirs()):
            for label in one.buttons:
                if label == wanted or re.fullmatch(rf"[A-Z] · {re.escape(wanted)}", label):
                    return one, label
            for line in one.text.splitlines():
                if re.fullmatch(rf".?\s*`?{re.escape(wanted)}`?", line) and _letter(line):
                    return one, _letter(line)
        return None

    def _theirs(self) -> list[Seen]:
        return [one for one in self.person.timeline(self.where) if one.message.author.bot]

    def _state(self) -> dict[int, str]:
        return {one.message.id: one.text for one in self._theirs() if not one.thinking}

    def _answer(self, before: dict[int, str], expected: tuple[str, ...]) -> list[Seen]:
        """Return what has come or says something else, unless something still goes on."""
        found = [
            one
            for one in self._theirs()
            if before.get(one.message.id) != one.text and not one.thinking
        ]
        if any(set(one.buttons) & set(_STOP) for one in found):
            return []
        text = "\n".join(one.text for one in found)
        return found if all(words in text for words in expected) else []

    def _shown(self) -> str:
        return "\n".join(f"  {one!r:.600}" for one in self._theirs()[-6:])


def _letter(line: str) -> str:
    """Return the letter of an option from its emoji, if the line begins with one."""
    number = ord(line[0]) - _FIRST_LETTER if line else -1
    return chr(ord("A") + number) if 0 <= number < 26 else ""
