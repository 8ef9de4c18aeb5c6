"""Operations that share a commit do not share their failures, and what is done at once keeps the order."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.connection import Connection, connection_to, notes_to
from bot.storage.errors import DiskTrouble, StorageError
from bot.storage.writer import MOST_NOTES, MOST_WAITING, Operation, Writer


@pytest.fixture
async def connection(path: Path) -> AsyncIterator[Connection]:
    async with connection_to(path) as opened:
        await opened.execute("PRAGMA journal_mode = WAL")
        await opened.execute("CREATE TABLE line (text TEXT NOT NULL UNIQUE)")
        yield opened


@pytest.fixture
async def writer(path: Path, connection: Connection) -> AsyncIterator[Writer]:
    with notes_to(path) as notes:
        async with Writer(path, connection, notes) as opened:
            yield opened


def adding(*texts: str | None) -> Operation[int]:
    def add(connection: sqlite3.Connection) -> int:
        for text in texts:
            connection.execute("INSERT INTO line VALUES (?)", (text,))
        return len(texts)

    return add


async def lines(connection: Connection) -> list[str]:
    return [row[0] for row in await connection.execute_fetchall("SELECT text FROM line")]


async def test_a_failing_operation_leaves_the_others_of_its_group_intact(
    writer: Writer, connection: Connection
) -> None:
    def stumble(connection: sqlite3.Connection) -> int:
        adding("half done")(connection)
        raise LookupError("a mistake of ours")

    one, refused, broken, two = await asyncio.gather(
        writer.do(adding("one")),
        writer.do(adding("two", None)),
        writer.do(stumble),
        writer.do(adding("two", "three")),
        return_exceptions=True,
    )
    assert (one, two) == (1, 2)
    assert isinstance(refused, StorageError)
    assert "NOT NULL" in str(refused)
    assert isinstance(broken, LookupError)
    assert await lines(connection) == ["one", "two", "three"]


async def test_operations_that_wait_share_a_commit(writer: Writer, connection: Connection) -> None:
    statements: list[str] = []
    await connection.set_trace_callback(statements.append)
    await asyncio.gather(*(writer.do(adding(str(number))) for number in range(50)))
    await connection.set_trace_callback(None)  # type: ignore[arg-type]
    assert statements.count("COMMIT") == 1
    assert len(await lines(connection)) == 50


async def test_more_operations_than_may_wait_are_all_done(
    writer: Writer, connection: Connection
) -> None:
    count = MOST_WAITING + 300
    await asyncio.gather(*(writer.do(adding(str(number))) for number in range(count)))
    assert len(await lines(connection)) == count


async def test_a_failed_commit_is_told_to_everybody_in_the_group(
    writer: Writer, connection: Connection
) -> None:
    await connection.execute("PRAGMA foreign_keys = ON")
    await connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    await connection.execute(
        "CREATE TABLE child (of INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
    )

    def orphan(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO child VALUES (1)")

    outcomes = await asyncio.gather(
        writer.do(adding("one")), writer.do(orphan), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StorageError, StorageError]
    assert await lines(connection) == []
    assert await writer.do(adding("afterwards")) == 1


async def test_what_was_acknowledged_on_a_full_disk_is_there(
    writer: Writer, connection: Connection
) -> None:
    pages = (await connection.execute_fetchall("PRAGMA page_count"))[0][0]  # type: ignore[index]
    await connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    texts = [str(number) * 4000 for number in range(40)]
    outcomes = await asyncio.gather(
        *(writer.do(adding(text)) for text in texts), return_exceptions=True
    )
    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    kept = await lines(connection)
    assert failures
    assert all(isinstance(failure, StorageError) for failure in failures)
    assert kept == [text for text, outcome in zip(texts, outcomes, strict=True) if outcome == 1]


async def test_an_operation_whose_caller_gave_up_in_the_queue_is_not_done(
    writer: Writer, connection: Connection
) -> None:
    entered, leave = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def linger(connection: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(entered.set)
        leave.wait()

    lingering = asyncio.create_task(writer.do(linger))
    await entered.wait()
    given_up = asyncio.create_task(writer.do(adding("given up")))
    kept = asyncio.create_task(writer.do(adding("kept")))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    leave.set()
    await asyncio.gather(lingering, kept)
    assert await lines(connection) == ["kept"]


async def test_closing_waits_for_what_was_asked_before(path: Path, connection: Connection) -> None:
    with notes_to(path) as notes:
        async with Writer(path, connection, notes) as writer:
            asked = [asyncio.create_task(writer.do(adding(str(number)))) for number in range(5)]
            await asyncio.sleep(0)
        assert await asyncio.gather(*asked) == [1] * 5
        for late in (writer.do, writer.note):
            with pytest.raises(StorageError, match="closed"):
                await late(adding("too late"))


async def test_a_full_disk_is_told_as_such_and_is_no_end(
    writer: Writer, connection: Connection
) -> None:
    def most_pages(connection: sqlite3.Connection, most: int) -> None:
        connection.execute(f"PRAGMA max_page_count = {most}").fetchall()

    await writer.do(adding("before"))
    await writer.do(lambda connection: most_pages(connection, 1))
    # SQLite takes the whole group back by itself, and with it the savepoint of who has failed.
    small, large, after = await asyncio.gather(
        writer.do(adding("small")),
        writer.do(adding("large" * 5000)),
        writer.do(adding("after")),
        return_exceptions=True,
    )
    for refused in (small, large, after):
        assert isinstance(refused, DiskTrouble)
        assert refused.is_full
    assert await lines(connection) == ["before"]
    await writer.do(lambda connection: most_pages(connection, 1_000_000))
    assert await writer.do(adding("large" * 5000)) == 1


async def test_a_database_that_may_not_be_written_any_more_is_no_end(
    writer: Writer, connection: Connection
) -> None:
    await connection.execute("PRAGMA query_only = ON")
    with pytest.raises(DiskTrouble) as refused:
        await writer.do(adding("one"))
    assert not refused.value.is_full
    await connection.execute("PRAGMA query_only = OFF")
    assert await writer.do(adding("one")) == 1


def adding_by(text: str, threads: list[int]) -> Operation[None]:
    """Return what adds `text`, and to `threads` the thread in which it did."""

    def add(connection: sqlite3.Connection) -> None:
        threads.append(threading.get_ident())
        adding(text)(connection)

    return add


async def test_a_note_is_made_on_the_event_loop_when_nothing_is_being_written(
    writer: Writer, connection: Connection
) -> None:
    threads: list[int] = []
    await writer.note(adding_by("noted", threads))
    assert threads == [threading.get_ident()]
    assert await lines(connection) == ["noted"]


async def test_a_note_comes_after_what_was_asked_for_before_it(
    writer: Writer, connection: Connection
) -> None:
    expected: list[str] = []
    for turns in range(8):  # what was asked for waits, is being written, or has been written
        asked = asyncio.create_task(writer.do(adding(f"asked {turns}")))
        for _ in range(1 + turns):
            await asyncio.sleep(0)
        await writer.note(adding(f"noted {turns}"))
        await asked
        expected += [f"asked {turns}", f"noted {turns}"]
    assert await lines(connection) == expected


async def test_a_note_waits_in_the_thread_for_another_program(
    path: Path, writer: Writer, connection: Connection
) -> None:
    threads: list[int] = []
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    noted = asyncio.create_task(writer.note(adding_by("late", threads)))
    await asyncio.sleep(0.1)
    assert not noted.done()
    other.execute("COMMIT")
    other.close()
    await noted
    assert threads
    assert threads[0] != threading.get_ident()
    assert await lines(connection) == ["late"]


async def test_so_many_notes_are_flushed_to_the_disk(writer: Writer) -> None:
    threads: list[int] = []
    for number in range(2 * MOST_NOTES + 2):
        await writer.note(adding_by(str(number), threads))
    flushed = [number for number, one in enumerate(threads) if one != threading.get_ident()]
    assert flushed == [MOST_NOTES, 2 * MOST_NOTES + 1]


async def test_a_flush_that_fails_is_made_up_for_by_the_next(writer: Writer) -> None:
    threads: list[int] = []
    for number in range(MOST_NOTES):
        await writer.note(adding_by(str(number), threads))
    with pytest.raises(StorageError, match="UNIQUE"):
        await writer.note(adding_by("0", threads))
    await writer.note(adding_by("the next", threads))
    assert threading.get_ident() not in threads[MOST_NOTES:]


async def test_a_note_that_fails_is_undone_and_told(writer: Writer, connection: Connection) -> None:
    def stumble(connection: sqlite3.Connection) -> None:
        adding("half done")(connection)
        raise LookupError("a mistake of ours")

    with pytest.raises(LookupError):
        await writer.note(stumble)
    with pytest.raises(StorageError, match="NOT NULL"):
        await writer.note(adding("also half done", None))
    await writer.note(adding("whole"))
    assert await lines(connection) == ["whole"]


async def test_a_note_on_a_full_disk_is_told_as_such_and_is_no_end(
    writer: Writer, connection: Connection
) -> None:
    def fill(opened: sqlite3.Connection) -> None:
        most = opened.execute("PRAGMA page_count").fetchone()[0]
        opened.execute(f"PRAGMA max_page_count = {most}").fetchall()

    def make_room(opened: sqlite3.Connection) -> None:
        opened.execute("PRAGMA max_page_count = 1000").fetchall()

    await writer.note(fill)
    with pytest.raises(DiskTrouble):
        await writer.note(adding("large" * 5000))
    await writer.note(make_room)
    await writer.note(adding("large" * 5000))
    assert len(await lines(connection)) == 1
