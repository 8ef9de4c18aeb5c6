"""The lines of a log: which request they belong to, and what never stands in them."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.logs import REQUEST, begin, log_to
from sandbox.wire import (
    MAX_REQUEST_BYTES,
    Cell,
    FrameDecoder,
    Request,
    Run,
    SessionRef,
    SessionSpec,
    WireError,
    encode,
)

SECRET = "a-token.of-a.bot"
CANARY = "what a learner wrote"


class Log:
    """Logs as a program does that has nothing else; each call sets it up anew."""

    def __init__(self) -> None:
        self._out = io.StringIO()

    def set_up(self, form: str, level: str = "info", prefix: str = "") -> None:
        root = logging.getLogger()
        root.handlers.clear()
        log_to(self._out, form, level, hidden=[SECRET, ""], prefix=prefix)

    @property
    def text(self) -> str:
        return self._out.getvalue()

    @property
    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    root, named = logging.getLogger(), [logging.getLogger(name) for name in ("bot", "sandbox")]
    before, levels = root.handlers[:], [one.level for one in (root, *named)]
    yield Log()
    root.handlers[:] = before
    for one, level in zip((root, *named), levels, strict=True):
        one.setLevel(level)


def fail() -> None:
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        raise KeyError(CANARY) from error


def test_a_line_of_text_says_when_how_bad_where_and_what(log: Log) -> None:
    log.set_up("text")
    logging.getLogger("bot.storage").warning("no %s", "room")
    assert log.text.endswith(" WARNING bot.storage: no room\n")


def test_a_line_of_json_is_one_object(log: Log) -> None:
    log.set_up("json")
    logging.getLogger("bot.storage").warning("two\nlines, 두 줄")
    (line,) = log.lines
    assert line.pop("time").startswith("20")
    assert line == {"level": "warning", "logger": "bot.storage", "message": "two\nlines, 두 줄"}


async def test_what_belongs_together_has_one_name_and_nothing_else_has_it(log: Log) -> None:
    log.set_up("json")
    one = logging.getLogger("bot.x")

    async def request(number: int) -> None:
        begin()
        one.info("begins %d", number)
        await asyncio.sleep(0)
        await asyncio.create_task(later(number))

    async def later(number: int) -> None:
        await asyncio.to_thread(one.info, "goes on %d", number)

    await asyncio.gather(*(asyncio.create_task(request(number)) for number in range(3)))
    one.info("apart")
    names = [
        {line["request"] for line in log.lines if line["message"].endswith(str(number))}
        for number in range(3)
    ]
    assert [len(found) for found in names] == [1, 1, 1]
    assert len(set.union(*names)) == 3
    assert "request" not in log.lines[-1]


def test_the_name_stands_in_text_too(log: Log) -> None:
    log.set_up("text", prefix="sandbox")
    token = REQUEST.set("abc123")
    logging.getLogger("sandbox.server").info("a run ended")
    REQUEST.reset(token)
    logging.getLogger("sandbox.server").info("alone")
    assert log.text == "sandbox [abc123]: a run ended\nsandbox: alone\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_an_exception_says_is_left_out_but_not_where_and_what_it_is(
    log: Log, form: str
) -> None:
    log.set_up(form)
    try:
        fail()
    except KeyError:
        logging.getLogger("bot.x").exception("it failed")
    assert CANARY not in log.text
    for word in (
        "it failed",
        "Traceback",
        "ValueError",
        "KeyError",
        "which led to",
        "in fail",
        "test_logs.py:",
    ):
        assert word in log.text


def test_only_debug_tells_what_an_exception_says(log: Log) -> None:
    log.set_up("text", "debug")
    try:
        fail()
    except KeyError:
        logging.getLogger("bot.x").exception("it failed")
    assert f"ValueError: {CANARY}" in log.text


def test_what_the_system_refused_is_told(log: Log) -> None:
    log.set_up("text")
    try:
        open("/nowhere/at/all")  # noqa: PTH123, SIM115
    except OSError:
        logging.getLogger("bot.x").exception("it failed")
    assert "FileNotFoundError: No such file or directory" in log.text
    assert "/nowhere" not in log.text


def test_the_parts_of_a_group_are_told_one_by_one(log: Log) -> None:
    log.set_up("text")
    try:
        raise ExceptionGroup("many", [ValueError(CANARY), TypeError(CANARY)])
    except ExceptionGroup:
        logging.getLogger("bot.x").exception("it failed")
    assert "ValueError\nTypeError" in log.text
    assert CANARY not in log.text


def test_a_task_that_nobody_asked_for_does_not_tell_what_it_was_about(log: Log) -> None:
    log.set_up("text")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: %s", CANARY)
    assert "never retrieved" in log.text
    assert CANARY not in log.text


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("level", ["info", "debug"])
@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        (f"Authorization: Bot {SECRET}", SECRET),
        ("POST https://x/api/v10/webhooks/12/aW50ZXJ.a-c_t/messages", "aW50ZXJ.a-c_t"),
        ("POST https://x/api/v10/interactions/12/aW50ZXJ/callback", "aW50ZXJ"),
    ],
)
def test_tokens_never_show(log: Log, form: str, level: str, line: str, hidden: str) -> None:
    log.set_up(form, level)
    logging.getLogger("discord.http").warning("%s", line)
    assert hidden not in log.text
    assert "***" in log.text


@pytest.mark.parametrize(
    ("level", "told"),
    [("debug", "diwe"), ("info", "iwe"), ("warning", "we"), ("error", "e")],
)
def test_our_own_lines_come_from_the_level_on(log: Log, level: str, told: str) -> None:
    log.set_up("text", level)
    one = logging.getLogger("bot.x")
    for name in ("debug", "info", "warning", "error"):
        getattr(one, name)(f"level-{name[0]}")
    assert "".join(line[-1] for line in log.text.splitlines()) == told


def test_of_others_only_warnings_are_told(log: Log) -> None:
    log.set_up("text", "debug")
    logging.getLogger("aiosqlite").debug("executing %s", CANARY)
    logging.getLogger("discord.gateway").info("%s", CANARY)
    assert log.text == ""


@pytest.mark.parametrize(
    "name", ["../etc/passwd", "a\nfake line", "ABC", "f" * 33, "3f9a0c7be211 ", "\u0661"]
)
def test_a_request_has_no_name_that_could_pass_for_another_line(name: str) -> None:
    frame = encode(Run(1, SessionRef("s", "e"), Cell("1"), name))
    with pytest.raises(WireError):
        list(FrameDecoder(Request, MAX_REQUEST_BYTES).feed(frame))


@pytest.mark.jail
async def test_the_sandbox_logs_a_run_under_the_name_that_it_came_with(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with said.open("wb") as stderr:
        flags = ("--log-level", "info", "--log-format", "json", "--spares", "1")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sandbox", "serve", "--socket", str(tmp_path / "s"), *flags),
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
        )
        try:
            assert process.stdout is not None
            assert b"ready" in await asyncio.wait_for(process.stdout.readline(), 60)
            async with connect(tmp_path / "s") as executor:
                ref = await executor.open("ada", SessionSpec(), 60)
                await asyncio.create_task(_ran(executor, ref, "abc123"))
                await asyncio.create_task(_ran(executor, ref, ""))
                room = await executor.capacity()
            assert room.memory_bytes > room.memory_free > 0
        finally:
            process.terminate()
            await process.wait()
    lines = [json.loads(line) for line in said.read_text().splitlines()]
    runs = [line for line in lines if line["message"].startswith("a run ended: ok")]
    assert [line.get("request", "") for line in runs] == ["abc123", ""]
    assert "canary" not in said.read_text()


async def _ran(executor: LocalExecutor, ref: SessionRef, name: str) -> None:
    async def quiet(_stream: str, _text: str) -> None:
        pass

    REQUEST.set(name)
    await executor.run(ref, Cell("print('canary')"), quiet)
