"""From an event on Discord to the answer there: commands, buttons, forms, messages, files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.platforms.discord.serving import config_in, eventually, serving
from tests.doubles.discord.double import Discord, Permission


@pytest.fixture
async def double(
    sandbox_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Discord]:
    """A Discord with the program in it."""
    async with Discord() as found:
        found.guild("School", "general")
        async with serving(found, config_in(tmp_path, sandbox_socket), monkeypatch):
            await eventually(lambda: found.application.commands)
            yield found
        assert found.violations == []


async def test_in_a_dm_learn_answers_there_and_a_fence_runs(double: Discord) -> None:
    ada = double.person("ada", *double.world.guilds.values())
    await ada.slash(ada.dm, "learn")
    section = await ada.sees("tensors", ada.dm)
    await ada.presses(section, "Next")
    posted = await ada.posts(ada.dm, "```python\nprint(6 * 7)\n```")
    await ada.sees("42", ada.dm, after=posted)


async def test_in_a_server_learn_opens_a_thread_of_ones_own(double: Discord) -> None:
    (school,) = double.world.guilds.values()
    general = school.channel("general")
    ada = double.person("ada", school)
    pointer = await ada.reads(await ada.slash(general, "learn"))
    assert pointer.private
    thread = await ada.sees_thread(general)
    assert f"<#{thread.id}>" in pointer.text
    await ada.sees("tensors", thread)
    await ada.posts(thread, "```\nprint(6 * 7)\n```")
    await ada.sees("42", thread)


async def test_deleting_a_message_or_pressing_delete_takes_the_answer_away(
    double: Discord,
) -> None:
    ada = double.person("ada", *double.world.guilds.values())
    posted = await ada.posts(ada.dm, "```\nprint(6 * 7)\n```")
    seen = await ada.sees("42", ada.dm, after=posted)
    await ada.deletes(posted)
    await ada.sees_no_more(seen)
    posted = await ada.posts(ada.dm, "```\nprint(6 * 7)\n```")
    seen = await ada.sees("42", ada.dm, after=posted)
    await ada.presses(seen, "Delete")
    await ada.sees_no_more(seen)


async def test_where_no_thread_can_be_had_the_lesson_is_shown_in_private(double: Discord) -> None:
    (school,) = double.world.guilds.values()
    general = school.channel("general")
    double.servers.forbid(general, double.world.bot, Permission.CREATE_PRIVATE_THREADS)
    ada = double.person("ada", school)
    section = await ada.reads(await ada.slash(general, "learn"))
    assert section.private
    assert "Section 1" in section.text
    assert "Section 2" in (await ada.reads(await ada.presses(section, "Next"))).text


async def test_brought_along_into_another_server_it_answers_its_learner_alone(
    double: Discord,
) -> None:
    elsewhere = double.guild("Elsewhere", "lobby", bot=False)
    ada = double.person("ada", elsewhere)
    ada.installed = True
    section = await ada.reads(await ada.slash(elsewhere.channel("lobby"), "learn"))
    assert section.private
    assert "Section 1" in section.text


async def test_a_moderator_can_stop_the_run_of_somebody_else(double: Discord) -> None:
    (school,) = double.world.guilds.values()
    general = school.channel("general")
    ada, bob, mod = (double.person(name, school) for name in ("ada", "bob", "mod"))
    double.servers.give(school, mod, Permission.MANAGE_MESSAGES)
    bot = double.world.bot
    posted = await ada.posts(general, f"<@{bot.id}> ```\nimport time\ntime.sleep(20)\n```")
    live = await ada.sees(lambda one: "Stop" in one.buttons, general, after=posted)
    refused = await bob.reads(await bob.presses(live, "Stop"))
    assert refused.private
    assert "Stop" in live.buttons
    await mod.presses(live, "Stop")
    await ada.sees("Stopped", general, after=posted)


async def test_code_that_is_written_in_a_form_runs(double: Discord) -> None:
    ada = double.person("ada", *double.world.guilds.values())
    await ada.slash(ada.dm, "learn")
    section = await ada.sees("Section 1", ada.dm)
    assert "Edit & run" in section.buttons
    form = await (await ada.presses(section, "Edit & run")).shows_form()
    done = await ada.submits_form(form, {form.fields[0].id: "print(6 * 7)"})
    await ada.sees("42", ada.dm, after=done)


async def test_run_with_a_file_runs_it_where_it_was_asked_for(double: Discord) -> None:
    (school,) = double.world.guilds.values()
    ada = double.person("ada", school)
    general = school.channel("general")
    asked = await ada.slash(general, "run", file=("a.py", b"print(6 * 7)"))
    assert "42" in (await ada.reads(asked)).text
    told = await ada.reads(await ada.slash(general, "run", file=("a.png", b"\x89PNG")))
    assert ".ipynb" in told.text


async def test_commands_typed_in_korean_are_answered_in_korean(double: Discord) -> None:
    minsu = double.person("민수", *double.world.guilds.values(), locale="ko")
    await minsu.slash(minsu.dm, "배우기")
    await minsu.sees("텐서", minsu.dm)
    posted = await minsu.posts(minsu.dm, "```\nprint(6 * 7)\n```")
    seen = await minsu.sees("42", minsu.dm, after=posted)
    assert "삭제" in seen.buttons


async def test_a_private_answer_to_code_can_be_deleted_too(double: Discord) -> None:
    (school,) = double.world.guilds.values()
    general = school.channel("general")
    double.servers.forbid(general, double.world.bot, Permission.CREATE_PRIVATE_THREADS)
    ada = double.person("ada", school)
    section = await ada.reads(await ada.slash(general, "learn"))
    ran = await ada.reads(await ada.presses(section, "Run"))
    assert ran.private
    await ada.presses(ran, "Delete")
    await ada.sees_no_more(ran)
