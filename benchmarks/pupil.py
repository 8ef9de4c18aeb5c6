"""A simulated learner: goes through the lesson at a person's pace, and counts what comes of each action."""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from benchmarks.times import Times
from tests.doubles.discord.interactions import Asked
from tests.doubles.discord.people import Person
from tests.doubles.discord.pulse import until
from tests.doubles.discord.seeing import Seen

READING = (12.0, 48.0)
"""Seconds between a reply and the next action, at least and at most: a section of lesson 1 has 111 to 144
words and a snippet, and who learns reads some 240 words a minute."""

PATIENCE = 60.0
_STOP = "Stop"
_OPTION = re.compile(r"[A-E]( · .*)?")
_REFUSED = re.compile(r"There is no free place just now\. Try again in \d+ second")
_GOOD = "```python\nx{n} = torch.rand(4, 4)\nprint('{mark}', x{n}.shape)\nx{n}.mean()\n```"
_WRONG = "```python\nprint('{mark}')\ntorch.rand(2, 3) @ torch.rand(2, 3)\n```"


@dataclass(slots=True)
class Tally:
    """What all learners have met; a complaint is a reply that was lost or doubled, in words."""

    times: Times = field(default_factory=Times)
    actions: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    refused: int = 0


class Pupil:
    """Somebody in direct messages with the bot."""

    def __init__(self, person: Person, tally: Tally, seed: int, hurry: float = 1.0) -> None:
        self._person = person
        self._where = person.dm
        self._tally = tally
        self._random = random.Random(seed)
        self._hurry = hurry
        self._page: Seen | None = None
        self._posted: tuple[Seen, Seen] | None = None
        self._answered: set[int] = set()
        self._marks = 0

    async def learn(self, arrive_after: float, until_then: float) -> None:
        """Arrive, and act and read by turns until it is `until_then` on the clock."""
        await asyncio.sleep(arrive_after)
        await self._counted("open", self._open)
        while time.perf_counter() < until_then:
            await self._counted(*self._next_action())

    async def _counted(self, kind: str, act: Callable[[], Awaitable[int]]) -> None:
        """Act, read what came, and look only then whether more has come than should."""
        known = set(self._where.messages)
        self._tally.actions += 1
        try:
            expected: int | None = await act()
        except AssertionError as error:
            self._tally.lost.append(f"{kind}: {error}")
            self._page = self._posted = None
            expected = None
        await asyncio.sleep(self._random.uniform(*READING) * self._hurry)
        fresh = [Seen(one) for key, one in self._where.messages.items() if key not in known]
        replies = [one for one in fresh if one.message.author.bot]
        if expected is not None and len(replies) > expected:
            self._tally.doubled.append(f"{kind}: {replies}")
        if expected is not None and len(replies) < expected:
            self._tally.lost.append(f"{kind}: {replies}")

    def _next_action(self) -> tuple[str, Callable[[], Awaitable[int]]]:
        if self._page is None:
            return "open", self._open
        dice = self._random.random()
        if dice < 0.12:
            return "post code", lambda: self._post(_GOOD)
        if dice < 0.18:
            return "post wrong code", lambda: self._post(_WRONG)
        if dice < 0.24 and self._posted is not None:
            return "edit code", self._edit
        if dice < 0.28:
            return "press twice", self._press_twice
        return self._go_on(self._page)

    def _go_on(self, page: Seen) -> tuple[str, Callable[[], Awaitable[int]]]:
        """Run what can be run, answer what is asked, and go to what is next."""
        options = [one for one in page.buttons if _OPTION.fullmatch(one)]
        if options:
            chosen = self._random.choice(options)
            return "answer", lambda: self._press(chosen)
        if "Run" in page.buttons and page.message.id not in self._answered:
            self._answered.add(page.message.id)
            return "run", self._run
        if "Next" in page.buttons:
            return "next page", lambda: self._press("Next")
        return "open", self._open

    async def _open(self) -> int:
        started = time.perf_counter()
        asked = self._person.starts_slash(self._where, "learn")
        self._page = await self._reply("open", asked, started)
        return 1

    async def _press(self, label: str) -> int:
        assert self._page is not None
        started = time.perf_counter()
        kind = "next page" if label == "Next" else "answer"
        asked = self._person.starts_pressing(self._page, label)
        self._page = await self._reply(kind, asked, started)
        return 1

    async def _run(self) -> int:
        assert self._page is not None
        started = time.perf_counter()
        await self._reply("run", self._person.starts_pressing(self._page, "Run"), started)
        return 1

    async def _press_twice(self) -> int:
        """Press the same thing twice at once: that is two presses, with one reply each."""
        assert self._page is not None
        label = "Run" if "Run" in self._page.buttons else self._page.buttons[0]
        started = time.perf_counter()
        both = [self._person.starts_pressing(self._page, label) for _ in range(2)]
        pages = [await self._reply("press twice", asked, started) for asked in both]
        self._page = self._page if label == "Run" else pages[-1]
        return len(both)

    async def _reply(self, kind: str, asked: Asked, started: float) -> Seen:
        seen = await self._person.reads(asked, PATIENCE)
        await self._settles(kind, seen, started)
        if len(set(map(id, asked.messages))) != 1:
            self._tally.doubled.append(f"{kind}: {asked} led to {len(asked.messages)} messages")
        return seen

    async def _post(self, code: str) -> int:
        text, mark = self._marked(code)
        started = time.perf_counter()
        post = await self._person.posts(self._where, text)
        reply = await self._person.sees(lambda _: True, self._where, after=post, seconds=PATIENCE)
        await self._settles("post code", reply, started)
        if self._refused(reply):
            return 1
        assert _says(reply, mark), f"{reply!r} does not answer {text!r}"
        self._posted = (post, reply)
        return 1

    async def _edit(self) -> int:
        """Edit what was posted last; its answer changes in its place."""
        assert self._posted is not None
        post, reply = self._posted
        text, mark = self._marked(_GOOD)
        started = time.perf_counter()
        await self._person.edits(post, text)

        def answered() -> bool:
            return _says(reply, mark) or self._refused(reply)

        await until(
            self._where.pulse, answered, PATIENCE, lambda: f"{reply!r} does not show {text!r}"
        )
        await self._settles("edit code", reply, started)
        return 0

    async def _settles(self, kind: str, seen: Seen, started: float) -> None:
        """Wait until a reply is no longer about to change, and count how long it took."""
        await until(
            self._where.pulse,
            lambda: not seen.thinking and _STOP not in seen.buttons,
            PATIENCE,
            lambda: f"it does not come to its end: {seen!r}",
        )
        self._tally.times.add(kind, time.perf_counter() - started)
        self._tally.refused += self._refused(seen)

    def _marked(self, code: str) -> tuple[str, str]:
        """Return code with a mark that its output, and no other, shows."""
        self._marks += 1
        mark = f"mark-{self._marks}-{self._person.name}"
        return code.format(mark=mark, n=self._marks % 3), mark

    @staticmethod
    def _refused(seen: Seen) -> bool:
        return _REFUSED.search(seen.text) is not None


def _says(seen: Seen, mark: str) -> bool:
    return re.search(rf"{re.escape(mark)}\b", seen.text) is not None
