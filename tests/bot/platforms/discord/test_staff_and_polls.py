"""What managers do on Discord, and what becomes of it: hello, setup, questions to a whole channel."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import discord
import pytest

from tests.bot.platforms.discord.serving import config_in, eventually, serving
from tests.doubles.discord.double import Discord, Permission
from tests.doubles.discord.people import Person
from tests.doubles.discord.world import Channel


@pytest.fixture
async def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Discord]:
    """A Discord with the program in it; no code runs."""
    async with Discord() as found:
        found.guild("School", "general", "staff")
        async with serving(found, config_in(tmp_path), monkeypatch):
            await eventually(lambda: found.application.commands)
            await asyncio.sleep(1.2)  # servers that come sooner are not new to the library
            yield found
        assert found.violations == []


def general_of(double: Discord) -> Channel:
    return next(iter(double.world.guilds.values())).channel("general")


def teacher_in(double: Discord) -> Person:
    school = next(iter(double.world.guilds.values()))
    teacher = double.person("teacher", school)
    double.servers.give(school, teacher, Permission.MANAGE_GUILD)
    return teacher


def votes(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [who for (who,) in connection.execute("SELECT user_id FROM vote")]


async def test_a_new_server_is_greeted_once_with_start_and_setup(double: Discord) -> None:
    club = double.guild("Club", "lobby", bot=False)
    ada = double.person("ada", club)
    double.servers.invite_bot(club)
    hello = await ada.sees("/tutor setup", club.channel("lobby"))
    assert hello.buttons == ["Start"]
    pointer = await ada.reads(await ada.presses(hello, "Start"))
    assert pointer.private
    assert (await ada.sees_thread(club.channel("lobby"))).id


async def test_where_no_channel_can_be_written_in_the_owner_is_greeted(double: Discord) -> None:
    club = double.guild("Club", "lobby", bot=False)
    double.servers.forbid(club.channel("lobby"), None, Permission.SEND_MESSAGES)
    double.servers.invite_bot(club)
    owner = club.owner
    assert isinstance(owner, Person)
    await owner.sees("/tutor setup", owner.dm)


async def test_a_server_that_was_joined_before_the_start_is_greeted_once_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Discord() as double:
        school = double.guild("School", "general")
        school.members[double.world.bot.id].joined = discord.utils.utcnow()
        general, ada = school.channel("general"), double.person("ada", school)
        for _ in range(2):
            async with serving(double, config_in(tmp_path), monkeypatch):
                await ada.sees("/tutor setup", general)
                await asyncio.sleep(1.5)
        assert len(ada.timeline(general)) == 1


async def test_setup_tells_which_permissions_are_missing(double: Discord) -> None:
    teacher, general = teacher_in(double), general_of(double)
    told = await teacher.reads(await teacher.slash(general, "tutor setup"))
    assert told.private
    assert "I may do all that I need" in told.text
    double.servers.forbid(general, double.world.bot, Permission.CREATE_PRIVATE_THREADS)
    told = await teacher.reads(await teacher.slash(general, "tutor setup", channel=general))
    assert "Create Private Threads" in told.text
    assert "Send Messages:" not in told.text


async def test_only_managers_are_offered_setup_and_nobody_else_may(double: Discord) -> None:
    ada = double.person("ada", *double.world.guilds.values())
    assert "tutor" not in ada.offered(general_of(double))
    told = await ada.reads(await ada.slash(ada.dm, "tutor status"))
    assert "Running" not in told.text


async def test_a_question_by_buttons_is_answered_in_private_and_counted(double: Discord) -> None:
    teacher, general = teacher_in(double), general_of(double)
    people = [double.person(f"p{n}", *double.world.guilds.values()) for n in range(10)]
    questions = await teacher.completes(general, "tutor post-quiz", "question", "")
    await teacher.slash(
        general, "tutor post-quiz", question=next(iter(questions.values())), minutes=1
    )
    posted = await teacher.sees(lambda one: len(one.buttons) >= 2, general)
    label = posted.buttons[0]
    answers = await asyncio.gather(*(one.presses(posted, label) for one in people))
    for person, asked in zip(people, answers, strict=True):
        told = await person.reads(asked)
        assert told.private, told


async def test_a_question_by_reactions_is_counted_also_while_nobody_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Discord() as double:
        school = double.guild("School", "general")
        teacher, general = teacher_in(double), school.channel("general")
        ada, bob = double.person("ada", school), double.person("bob", school)
        config = config_in(tmp_path)
        async with serving(double, config, monkeypatch):
            await eventually(lambda: double.application.commands)
            questions = await teacher.completes(general, "tutor post-quiz", "question", "")
            await teacher.slash(
                general,
                "tutor post-quiz",
                question=next(iter(questions.values())),
                minutes=1,
                how="reactions",
            )
            posted = await teacher.sees(lambda one: "🇦" in one.reactions, general)
            await ada.reacts(posted, "🇦")
            await asyncio.sleep(0.3)
        await bob.reacts(posted, "🇧")
        async with serving(double, config, monkeypatch):
            await eventually(lambda: len(votes(config.database)) == 2)
        assert set(votes(config.database)) == {str(ada.id), str(bob.id)}
        assert double.violations == []


async def test_in_a_dm_a_reaction_answers_a_question(double: Discord) -> None:
    ada = double.person("ada", *double.world.guilds.values())
    await ada.slash(ada.dm, "quiz", lesson="tensors-101")
    asked = await ada.sees(lambda one: len(one.buttons) >= 2, ada.dm)
    await ada.reacts(asked, "🇦")
    await ada.sees(lambda one: one.message is not asked.message, ada.dm, after=asked)


async def test_without_a_question_the_teacher_writes_one(double: Discord) -> None:
    teacher, general = teacher_in(double), general_of(double)
    form = await (await teacher.slash(general, "tutor post-quiz", minutes=5)).shows_form()
    fields = {field.id: field for field in form.fields}
    typed = {"ask": "What is 6 × 7?", "options": "*42\n41"}
    await teacher.submits_form(form, {name: typed[name] for name in fields if name in typed})
    posted = await teacher.sees("What is 6 × 7?", general)
    ada = double.person("ada", *double.world.guilds.values())
    told = await ada.reads(await ada.presses(posted, posted.buttons[0]))
    assert told.private


async def test_two_servers_settings_are_apart(double: Discord) -> None:
    teacher, general = teacher_in(double), general_of(double)
    other = double.guild("Other", "lobby")
    ada = double.person("ada", other)
    told = await teacher.slash(general, "tutor setup", channel=general, language="한국어")
    await teacher.reads(told)
    double.servers.give(other, ada, Permission.MANAGE_GUILD)
    theirs = await ada.reads(await ada.slash(other.channel("lobby"), "tutor setup"))
    assert f"<#{general.id}>" not in theirs.text


async def test_whom_an_operator_has_blocked_gets_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Discord() as double:
        school = double.guild("School", "general")
        boss, ada = double.person("boss", school), double.person("ada", school)
        double.servers.give(school, boss, Permission.MANAGE_GUILD)
        config = config_in(tmp_path, operators=[f"discord:{boss.id}"])
        async with serving(double, config, monkeypatch):
            await eventually(lambda: double.application.commands)
            general = school.channel("general")
            await boss.reads(await boss.slash(general, "tutor block", person=ada))
            told = await ada.reads(await ada.slash(general, "learn"))
            assert "cannot use this tutor" in told.text
            assert ada.threads(general) == []
            await boss.reads(await boss.slash(general, "tutor block", person=ada, undo=True))
            await ada.reads(await ada.slash(general, "learn"))
            await ada.sees_thread(general)
        assert double.violations == []
