"""The end of a question to a whole channel, as it is seen on Discord."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.platforms.discord.serving import config_in, eventually, serving
from tests.doubles.discord.double import Discord, Permission

CHART = "1 answer; A: 1 answer; B, right: 0 answers; C: 0 answers; D: 0 answers"


def end(database: Path) -> None:
    """Let the time of every open poll be up."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("UPDATE poll SET closes = '2026-01-01T00:00:00+00:00'")


@pytest.mark.parametrize("restarts", [False, True])
async def test_the_message_is_closed_with_a_chart_where_it_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restarts: bool
) -> None:
    async with Discord() as double:
        school = double.guild("School", "general")
        general = school.channel("general")
        teacher, ada = double.person("teacher", school), double.person("ada", school)
        double.servers.give(school, teacher, Permission.MANAGE_GUILD)
        config = config_in(tmp_path)
        async with serving(double, config, monkeypatch):
            await eventually(lambda: double.application.commands)
            name = "tensors-101/default-dtype"
            await teacher.slash(general, "tutor post-quiz", question=name, minutes=5)
            posted = await teacher.sees(lambda one: len(one.buttons) >= 2, general)
            assert (await ada.reads(await ada.presses(posted, posted.buttons[0]))).private
            await ada.sees("1 person has answered.", general)
            if not restarts:
                end(config.database)
                await ada.sees("The question is closed", general)
        if restarts:
            end(config.database)
        async with serving(double, config, monkeypatch):
            closed = await ada.sees("The question is closed", general)
        assert closed.message.id == posted.message.id
        assert closed.buttons == []
        assert "right" in closed.text
        (chart,) = closed.pictures
        assert chart.alt == CHART
        assert double.violations == []
