"""Figures and health over HTTP, as Prometheus and Docker ask for them."""

import asyncio
import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bot.operations import readiness
from bot.operations.endpoint import watching
from bot.operations.figures import Figures
from bot.operations.readiness import Readiness
from bot.storage.database import open_database
from bot.storage.errors import StorageError
from bot.storage.probe import try_writing
from bot.tutor.host import HostState


class Machine:
    async def state(self) -> HostState:
        started = datetime(2026, 3, 1, tzinfo=UTC)
        return HostState(started=started, running=1, waiting=0, database_bytes=5)


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def broken() -> bool:
    raise OSError("with details")


async def never() -> bool:
    await asyncio.sleep(60)
    return True


async def asked(checks: Readiness, path: str) -> tuple[int, str, str]:
    async with (
        watching("127.0.0.1", 0, Figures(), checks, Machine()) as port,
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def test_figures_are_served_in_the_form_that_prometheus_reads() -> None:
    status, kind, text = await asked(Readiness({"database": yes}), "/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'tutor_line{state="running"} 1.0' in text


@pytest.mark.parametrize("check", [no, broken, never])
async def test_it_is_ready_only_when_every_part_is(
    check: readiness.Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 0.1)
    checks = Readiness({"database": yes})
    assert (await asked(checks, "/readyz"))[0] == 200
    checks.add("chat", check)
    status, _, text = await asked(checks, "/readyz")
    assert (status, json.loads(text)) == (503, {"ready": False, "database": True, "chat": False})
    assert (await asked(checks, "/healthz"))[0] == 200


@pytest.mark.parametrize("path", ["/", "/metrics/x", "/readyz/../etc/passwd"])
async def test_there_is_nothing_else(path: str) -> None:
    assert (await asked(Readiness({}), path))[0] == 404


async def test_a_port_that_is_taken_is_told_of_and_keeps_nobody_from_teaching(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with watching("127.0.0.1", port, Figures(), Readiness({}), Machine()) as got:
            assert got == 0
    assert f"nobody can watch at 127.0.0.1:{port}" in caplog.text


async def test_a_database_that_can_be_written_is_told_from_one_that_cannot(tmp_path: Path) -> None:
    async with open_database(tmp_path / "t.sqlite3") as database:
        before = await database.read("PRAGMA user_version", {})
        await try_writing(database)
        assert await database.read("PRAGMA user_version", {}) == before
    with pytest.raises(StorageError):
        await try_writing(database)
