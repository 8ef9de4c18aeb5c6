"""From an event on Discord to the answer there: commands, buttons, forms, messages, files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.platforms.discord.serving import config_in, eventually, serving
from tests.doubles.discord.double import Discord


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
