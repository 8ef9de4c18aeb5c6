"""The real program as whoever watches it sees it: figures, health, a log that tells no secrets, and its end."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.doubles.discord.double import Discord
from tests.doubles.discord.people import Person
from tests.e2e.discord_program import DiscordProgram, Stage, running, stage
from tests.e2e.program import Program

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120)]

CONFIG = {"watch": {"port": 0}, "logs": {"format": "json", "level": "info"}}


@pytest.fixture
async def scene() -> AsyncIterator[Stage]:
    async with stage(CONFIG) as scene:
        yield scene


async def get(program: DiscordProgram, path: str) -> tuple[int, str]:
    await program.says("figures and health are at")
    (address,) = re.findall(r"figures and health are at (http://[\d.:]+)", program.log)
    async with aiohttp.ClientSession() as http, http.get(f"{address}{path}") as answer:
        return answer.status, await answer.text()


async def figures(scene: Stage) -> dict[str, float]:
    """Return every sample by its name with its labels."""
    status, text = await get(scene.program, "/metrics")
    assert status == 200
    return {
        " ".join((one.name, *(f"{key}={value}" for key, value in sorted(one.labels.items())))): (
            one.value
        )
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


async def is_ready(scene: Stage) -> dict[str, bool]:
    async with asyncio.timeout(60):
        while (answer := await get(scene.program, "/readyz"))[0] != 200:
            await asyncio.sleep(0.1)
    found: dict[str, bool] = json.loads(answer[1])
    return found


def lines(scene: Stage) -> list[dict[str, str]]:
    return [json.loads(line) for line in scene.program.log.splitlines()]


async def end_while_a_run_is_in_flight(scene: Stage, ada: Person) -> None:
    posted = await ada.posts(
        ada.dm, "```\nimport time\nprint('begun', flush=True)\ntime.sleep(2)\nprint('through')\n```"
    )
    await ada.sees("begun", ada.dm, after=posted, seconds=30)
    assert await scene.program.stop() == 0
    await ada.sees("through", ada.dm, after=posted)


async def test_whoever_watches_sees_figures_health_and_a_log_without_secrets(scene: Stage) -> None:
    assert await is_ready(scene) == {
        "ready": True,
        "database": True,
        "sandbox": True,
        "chat": True,
    }
    assert (await get(scene.program, "/healthz"))[0] == 200
    school = scene.double.guild("School", "general")
    ada = scene.double.person("adacanary", school)
    posted = await ada.posts(
        ada.dm, "```\ncanary_in_code = 'canary-' + 'in-output'\nprint(canary_in_code)\n```"
    )
    await ada.sees("canary-in-output", ada.dm, after=posted, seconds=30)
    failed = await ada.posts(ada.dm, "```\nraise ValueError('canary-in-error')\n```")
    await ada.sees("canary-in-error", ada.dm, after=failed, seconds=30)
    found = await figures(scene)
    assert found["tutor_runs_total status=ok"] >= 1
    assert found["tutor_runs_total status=error"] == 1
    assert found["tutor_events_total kind=code_posted"] == 2
    assert found["tutor_stage_seconds_count stage=first_reply"] >= 2
    assert found["tutor_stage_seconds_count stage=run"] >= 2
    assert found["tutor_chat_answers_total status=2xx"] > 2
    assert found["tutor_sandbox_sessions"] == 1
    async with asyncio.timeout(30):  # the next spare is made off the reply's path
        while (await figures(scene))["tutor_sandbox_spares"] < 1:
            await asyncio.sleep(0.1)
    assert found["tutor_sandbox_memory_bytes"] > found["tutor_sandbox_memory_free_bytes"] > 0
    assert found["process_resident_memory_bytes"] > 1e6
    assert found["tutor_ready part=chat"] == 1

    told = lines(scene)
    (answered,) = [one for one in told if one["message"].startswith("code_posted: ")][:1]
    request = [one for one in told if one.get("request") == answered["request"]]
    assert any("a run in session" in one["message"] for one in request)
    assert f"sandbox [{answered['request']}]: a run ended: ok" in scene.program.log
    for secret in ("canary", "adacanary", scene.program.environ["DISCORD_TOKEN"], "ValueError"):
        assert secret not in scene.program.log
    scene.clean()
    await end_while_a_run_is_in_flight(scene, ada)


async def test_without_a_chat_it_is_alive_and_not_ready() -> None:
    async with Discord() as double, running(double, CONFIG, start=False) as program:
        program.environ["DISCORD_GATEWAY_URL"] = "ws://127.0.0.1:9"
        await program.start(ready=False)
        status, text = await get(program, "/readyz")
        assert (status, json.loads(text)["chat"]) == (503, False)
        assert json.loads(text)["database"]
        assert (await get(program, "/healthz"))[0] == 200
        assert "tutor_sandbox_sessions NaN" in (await get(program, "/metrics"))[1]


async def test_a_console_beside_it_leaves_the_port_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = {"watch": {"port": taken.getsockname()[1]}}
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
        console = await asyncio.to_thread(Program, tmp_path)
        try:
            assert await asyncio.to_thread(console.leave) == 0
            assert console.complaints() == ""
        finally:
            console.close()
