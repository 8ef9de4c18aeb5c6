"""Questions to whole channels through the real program: ten people answer, and it closes after a restart."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from tests.doubles.discord.double import Discord
from tests.doubles.discord.people import Person
from tests.doubles.discord.permissions import Permission
from tests.doubles.discord.seeing import Seen
from tests.doubles.discord.world import Channel, Guild
from tests.e2e.discord_program import DiscordProgram, Stage, stage

pytestmark = [
    pytest.mark.jail,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

LETTERS = {chr(0x1F1E6 + n): chr(ord("A") + n) for n in range(4)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at() -> AsyncIterator[Stage]:
    async with stage() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def school(at: Stage) -> AsyncIterator[Guild]:
    """A server; afterwards no rule may have been broken."""
    yield at.double.guild("School", "general")
    at.clean()


def people(double: Discord, guild: Guild) -> tuple[Person, list[Person]]:
    """Return a teacher and ten learners."""
    teacher = double.person("teacher", guild)
    double.servers.give(guild, teacher, Permission.MANAGE_GUILD)
    return teacher, [double.person(f"learner {n}", guild) for n in range(10)]


async def time_passes(program: DiscordProgram) -> None:
    """Kill the program, let every question's time come, and start it again."""
    await program.kill()
    with sqlite3.connect(program.database) as database:
        past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        database.execute("UPDATE poll SET closes = ?", (past,))
    database.close()
    await program.start()


async def put(teacher: Person, channel: Channel, how: str) -> Seen:
    questions = await teacher.completes(channel, "tutor post-quiz", "question", "dev")
    name = next(value for value in questions.values() if value.endswith("mixed-devices"))
    asked = await teacher.slash(channel, "tutor post-quiz", question=name, minutes=5, how=how)
    return await teacher.sees("A question for everybody", channel, after=asked)


async def test_ten_people_answer_by_buttons_unseen(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    teacher, learners = people(at.double, school)
    question = await put(teacher, general, "buttons")
    assert question.buttons == ["A", "B", "C", "D"]
    told = await asyncio.gather(*(each.presses(question, "A") for each in learners))
    for each, asked in zip(learners, told, strict=True):
        assert (await each.reads(asked)).private
    for each in learners[:4]:
        await each.presses(question, "B")
    await teacher.sees("10 people have answered", general)
    watching = at.double.person("watching", school)
    assert [one for one in watching.timeline(general) if one.private] == []
    await time_passes(at.program)
    closed = await teacher.sees("The question is closed", general, seconds=30)
    assert closed.message is question.message
    assert closed.buttons == []
    (chart,) = closed.pictures
    assert "6 answers" in (chart.alt or "")
    assert "4 answers" in (chart.alt or "")
    assert "PyTorch does not copy between devices unasked" in closed.text


async def test_ten_people_answer_by_reactions_while_it_is_down_too(
    at: Stage, school: Guild
) -> None:
    general = school.channel("general")
    teacher, learners = people(at.double, school)
    question = await put(teacher, general, "reactions")
    letters = list(LETTERS)
    await teacher.sees(lambda one: set(one.reactions) == set(letters), general)
    for each in learners[:6]:
        await each.reacts(question, letters[0])
    await learners[0].reacts(question, letters[1])
    await asyncio.sleep(0.5)  # nothing is said to who reacts; what is under way would be lost
    await at.program.kill()
    for each in learners[6:]:
        await each.reacts(question, letters[2])
    await learners[1].unreacts(question, letters[0])
    await at.program.start()
    await asyncio.sleep(1)
    await time_passes(at.program)
    closed = await teacher.sees("The question is closed", general, seconds=30)
    (chart,) = closed.pictures
    counted = dict(
        part.replace(", right", "").split(": ") for part in (chart.alt or "").split("; ")[1:]
    )
    assert (chart.alt or "").startswith("9 answers")
    assert counted["A"] == "4 answers"
    assert counted["B"] == "1 answer"
    assert counted["C"] == "4 answers"


async def test_a_teachers_own_question_is_written_in_a_form(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    teacher, (learner, *_) = people(at.double, school)
    form = await (await teacher.slash(general, "tutor post-quiz")).shows_form()
    question, options, explain = (one.id for one in form.fields)
    filled = {question: "What is 6 × 7?", options: "*42\n54", explain: "Count it out."}
    asked = await teacher.submits_form(form, filled)
    posted = await teacher.sees("What is 6 × 7?", general, after=asked)
    assert (await learner.reads(await learner.presses(posted, "B"))).private


async def test_in_a_dm_a_question_is_answered_by_reaction(at: Stage, school: Guild) -> None:
    ada = at.double.person("ada", school)
    asked = await ada.slash(ada.dm, "quiz")
    question = await ada.sees("torch.rand(5, 5)", ada.dm, after=asked)
    letter = next(
        line[0]
        for line in question.text.splitlines()
        if line[:1] in LETTERS and "torch.rand(5, 5)" in line
    )
    await ada.reacts(question, letter)
    await ada.sees("Right!", ada.dm, after=asked)


async def test_only_managers_may_put_questions(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    ada = at.double.person("ada", school)
    assert "tutor" not in ada.offered(general)
    with pytest.raises(AssertionError, match="is not offered"):
        await ada.slash(general, "tutor status")


async def test_two_servers_do_not_see_each_other(at: Stage, school: Guild) -> None:
    other = at.double.guild("Other", "general")
    teacher, (ada, *_) = people(at.double, school)
    stranger, (bob, *_) = people(at.double, other)
    for who, guild in ((ada, school), (bob, other)):
        await who.slash(guild.channel("general"), "learn")
        thread = await who.sees_thread(guild.channel("general"))
        await who.sees("Section 1", thread)
        await who.posts(thread, "```\n6 * 7\n```")
        await who.sees("It ran in", thread, seconds=30)
        assert who.threads((other if guild is school else school).channel("general")) == []
    done = await teacher.slash(school.channel("general"), "tutor export", format="csv")
    seen = await teacher.sees(lambda one: bool(one.files), school.channel("general"), after=done)
    exported = b"".join(seen.files.values()).decode()
    assert "ada" in exported or str(ada.id) in exported
    assert "bob" not in exported
    assert str(bob.id) not in exported
    status = await stranger.slash(other.channel("general"), "tutor status")
    assert "School" not in (await stranger.reads(status)).text
    setup = await stranger.slash(other.channel("general"), "tutor setup", language="ko")
    assert (await stranger.reads(setup)).private
    seen = await ada.reads(await ada.slash(school.channel("general"), "help"))
    assert "What you can do here" in seen.text
