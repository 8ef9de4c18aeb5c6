"""Which messages the program answers, and what it does where it may not read them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.platforms.discord.serving import config_in, eventually, serving
from tests.doubles.discord.double import Discord
from tests.doubles.discord.people import Person
from tests.doubles.discord.sessions import MESSAGE_CONTENT
from tests.doubles.discord.world import Channel

FENCE = "```\nprint(6 * 7)\n```"


@pytest.fixture
async def empty() -> AsyncIterator[Discord]:
    async with Discord() as found:
        found.guild("School", "general")
        yield found
        assert found.violations == []


@pytest.fixture
async def double(
    empty: Discord, sandbox_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Discord]:
    """A Discord with the program in it."""
    async with serving(empty, config_in(tmp_path, sandbox_socket), monkeypatch):
        await eventually(lambda: empty.application.commands)
        yield empty


@pytest.fixture
async def unread(
    empty: Discord, sandbox_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Discord]:
    """One that does not let the program read messages that are not for it."""
    empty.gateway.refused_intents = MESSAGE_CONTENT
    async with serving(empty, config_in(tmp_path, sandbox_socket), monkeypatch):
        await eventually(lambda: empty.application.commands)
        yield empty


def general_of(double: Discord) -> Channel:
    return next(iter(double.world.guilds.values())).channel("general")


def someone(double: Discord, name: str = "ada") -> Person:
    return double.person(name, *double.world.guilds.values())


async def thread_of(who: Person, channel: Channel) -> Channel:
    await who.slash(channel, "learn")
    thread = await who.sees_thread(channel)
    await who.sees("Section 1", thread)
    return thread


async def test_without_message_content_an_empty_message_is_explained_once(
    unread: Discord,
) -> None:
    ada, general = someone(unread), general_of(unread)
    thread = await thread_of(ada, general)
    posted = await ada.posts(thread, FENCE)
    await ada.sees("Mention me", thread, after=posted)
    await ada.posts(thread, FENCE)
    await ada.sees_nothing_new(thread, 0.5)
    bot = unread.world.bot
    posted = await ada.posts(thread, f"<@{bot.id}> {FENCE}")
    await ada.sees("42", thread, after=posted)


async def test_other_programs_and_unasked_messages_are_not_answered(double: Discord) -> None:
    ada, general = someone(double), general_of(double)
    await ada.posts(general, FENCE)
    await ada.posts(general, "learn")
    robot = someone(double, "robot")
    robot.bot = True
    await robot.posts(general, f"<@{double.world.bot.id}> {FENCE}")
    await ada.sees_nothing_new(general, 0.8)


async def test_what_one_person_posts_runs_in_the_order_in_which_it_was_posted(
    double: Discord,
) -> None:
    ada = someone(double)
    script = [f"```\nseen = globals().get('seen', '') + '{n}'\nprint(seen)\n```" for n in range(6)]
    for text in script:
        await ada.posts(ada.dm, text)
    await ada.sees("012345", ada.dm, seconds=30)


async def test_a_button_pressed_by_a_stranger_tells_whose_it_is(double: Discord) -> None:
    ada, bob, general = someone(double), someone(double, "bob"), general_of(double)
    posted = await ada.posts(general, f"<@{double.world.bot.id}> {FENCE}")
    answer = await ada.sees("42", general, after=posted)
    await asyncio.sleep(0.2)  # it is seen a moment before it is remembered
    refused = await bob.reads(await bob.presses(answer, "Run again"))
    assert refused.private
    assert f"<@{ada.id}>" in refused.text
    assert not answer.gone


async def test_a_form_that_was_opened_before_a_restart_is_taken_after_it(
    empty: Discord, sandbox_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, config = someone(empty), config_in(tmp_path, sandbox_socket)
    async with serving(empty, config, monkeypatch):
        await eventually(lambda: empty.application.commands)
        form = await (await ada.slash(ada.dm, "run")).shows_form()
    async with serving(empty, config, monkeypatch):
        done = await ada.submits_form(form, {form.fields[0].id: "print(6 * 7)"})
        await ada.sees("42", ada.dm, after=done)


async def test_what_fails_inside_gets_an_apology_with_the_number_that_is_logged(
    double: Discord, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada = someone(double)

    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("bot.platforms.discord.messages.place_of_message", broken)
    posted = await ada.posts(ada.dm, FENCE)
    told = await ada.sees("Something went wrong on our side", ada.dm, after=posted)
    (line,) = [one for one in caplog.records if "event" in one.message and "failed" in one.message]
    assert str(line.args[0]) in told.text  # type: ignore[index]
    monkeypatch.undo()
    await asyncio.sleep(0)


async def test_what_a_restart_cut_short_is_told_and_can_be_run_again(
    empty: Discord, sandbox_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, config = someone(empty), config_in(tmp_path, sandbox_socket)
    async with serving(empty, config, monkeypatch):
        await eventually(lambda: empty.application.commands)
        posted = await ada.posts(
            ada.dm,
            "```\nimport time\nif 'again' in globals(): print(6 * 7)\n"
            "else:\n    again = 1\n    time.sleep(5)\n```",
        )
        live = await ada.sees(lambda one: "Stop" in one.buttons, ada.dm, after=posted)
    async with serving(empty, config, monkeypatch):
        told = await ada.sees("restarted", ada.dm, after=posted)
        assert told.message is live.message
        await ada.presses(told, "Run again")
        await ada.sees(lambda one: "It ran" in one.text, ada.dm, after=posted, seconds=20)
    assert len([one for one in ada.timeline(ada.dm) if one.message.author.bot]) == 1
