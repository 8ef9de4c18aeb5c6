"""A whole class at once, through the real program on Discord; and who may do how much."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.doubles.discord.double import Discord
from tests.doubles.discord.people import Person
from tests.doubles.discord.permissions import Permission
from tests.doubles.discord.pulse import until
from tests.doubles.discord.seeing import Seen
from tests.doubles.discord.world import Channel
from tests.e2e.discord_program import Stage, running, stage

pytestmark = [
    pytest.mark.jail,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

CLASS = 60
WITHIN = 10.0
PATIENCE = 150.0
RAN = "It ran in"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at() -> AsyncIterator[Stage]:
    async with stage() as found:
        yield found


async def started(who: Person, channel: Channel) -> Channel:
    """Wait until a lesson has begun, and return where: a thread, or right there if that takes long."""

    def found() -> Channel | None:
        for place in (channel, *who.threads(channel)):
            if any("Section 1 of" in one.text for one in who.timeline(place)):
                return place
        return None

    place = await until(channel.world.pulse, found, PATIENCE, lambda: f"{who.name} has no lesson")
    assert isinstance(place, Channel)
    return place


def answers(who: Person, where: Channel) -> list[Seen]:
    return [one for one in who.timeline(where) if RAN in one.text]


async def test_a_spent_quota_and_a_blocked_learner_each_get_a_short_private_answer() -> None:
    async with Discord() as double:
        school = double.guild("School", "general")
        general = school.channel("general")
        boss, ada, eve = (double.person(name, school) for name in ("boss", "ada", "eve"))
        double.servers.give(school, boss, Permission.MANAGE_GUILD)
        config = {"access": {"runs_per_minute": 2}, "operators": [f"discord:{boss.id}"]}
        async with running(double, config):
            for n in range(2):
                posted = await ada.posts(ada.dm, f"```\nprint('run', {n})\n```")
                await ada.sees(f"run {n}", ada.dm, after=posted, seconds=60)
            posted = await ada.posts(ada.dm, "```\nprint('run', 2)\n```")
            await ada.sees("as much as can be run within a minute", ada.dm, after=posted)
            done = await boss.slash(general, "tutor block", person=eve)
            await boss.reads(done)
            told = await eve.reads(await eve.slash(general, "learn"))
            assert told.private
            assert "You cannot use this tutor here" in told.text
            posted = await eve.posts(eve.dm, "```\n1\n```")
            await eve.sees("You cannot use this tutor here", eve.dm, after=posted)
            seen = await ada.reads(await ada.slash(general, "help"))
            assert seen.private
        assert double.violations == []


async def test_where_operators_have_closed_doors_it_says_so() -> None:
    async with Discord() as double:
        school, other = double.guild("School", "general"), double.guild("Other", "general")
        ada = double.person("ada", school, other)
        ada.installed = True
        access = {"servers": [str(school.id)], "dms": False, "user_install": False}
        async with running(double, {"access": access}):
            refused = await ada.reads(await ada.slash(ada.dm, "learn"))
            assert "does not answer direct messages" in refused.text
            refused = await ada.reads(await ada.slash(other.channel("general"), "learn"))
            assert refused.private
            assert "does not answer in this server" in refused.text
            await ada.slash(school.channel("general"), "learn")
            await ada.sees("Section 1", await ada.sees_thread(school.channel("general")))
        assert double.violations == []


async def test_sixty_learners_open_a_lesson_and_run_code_within_ten_seconds(at: Stage) -> None:
    school = at.double.guild("School", "general")
    general = school.channel("general")
    people = [at.double.person(f"learner {n}", school) for n in range(CLASS)]
    places: dict[str, Channel] = {}

    async def learn(number: int, who: Person) -> None:
        await asyncio.sleep(number * WITHIN / 2 / CLASS)
        await who.slash(general, "learn")
        places[who.name] = place = await started(who, general)
        where = who.dm if place is general else place
        posted = await who.posts(where, f"```\nx = torch.ones({number + 1})\nint(x.sum())\n```")
        await who.sees(
            lambda one: RAN in one.text and f"\n{number + 1}\n" in one.text,
            where,
            after=posted,
            seconds=PATIENCE,
        )

    await asyncio.gather(*(learn(number, who) for number, who in enumerate(people)))
    await asyncio.sleep(1)
    for who in people:
        assert len(who.threads(general)) <= 1
        everywhere = [general, who.dm, *who.threads(general)]
        assert sum(len(answers(who, where)) for where in everywhere) == 1
        shown = [one for where in everywhere for one in who.timeline(where)]
        assert sum("Section 1 of" in one.text for one in shown) == 1, shown
    assert at.double.invalid == []
    at.clean()
