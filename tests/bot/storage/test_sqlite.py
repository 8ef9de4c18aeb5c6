"""What the store remembers, and for whom."""

import asyncio
import json
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.storage.errors import StorageError
from bot.storage.sqlite import SqliteStore, open_store
from bot.tutor.event import Actor
from bot.tutor.ports import Forgotten, Store
from bot.tutor.records import Answer, Attempt, Position, RanCell, StepNote

AT = datetime(2026, 3, 1, 12, 30, 15, 250000, tzinfo=UTC)
ADA = Actor("console", "ada", "Ada")
QUESTION = Position(lesson="tensors-101", stage="question", item="default-dtype")
ANSWER = Answer(
    lesson="tensors-101",
    rev=2,
    question="mixed-devices",
    given="raises",
    correct=True,
    points=1.5,
    at=AT,
)
ATTEMPT = Attempt(
    lesson="tensors-101", rev=2, step="row", number=1, code="F_new = F", outcome="wrong", points=0.0, say=1, at=AT
)  # fmt: skip
NOTE = StepNote(lesson="tensors-101", item="row", kind="hint", at=AT)
CELL = RanCell(code="x = 1", stdin="", ok=True, source="1", lesson="tensors-101", step="row", at=AT)


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def new_learner(store: Store, user_id: str = "ada") -> int:
    return (await store.learner(replace(ADA, user_id=user_id))).id


async def test_first_contact_is_new_exactly_once(store: SqliteStore) -> None:
    met = await asyncio.gather(*(store.learner(ADA) for _ in range(20)))
    assert sum(learner.is_new for learner in met) == 1
    assert {learner.id for learner in met} == {met[0].id}


async def test_the_same_user_id_on_two_platforms_is_two_learners(store: SqliteStore) -> None:
    here = await store.learner(ADA)
    there = await store.learner(replace(ADA, platform="slack"))
    assert here.id != there.id
    assert there.is_new


async def test_a_changed_name_is_kept(store: SqliteStore) -> None:
    first = await store.learner(ADA)
    renamed = await store.learner(replace(ADA, name="Ada L."))
    assert (renamed.id, renamed.name, renamed.is_new) == (first.id, "Ada L.", False)
    assert (await store.learner(replace(ADA, name="Ada L."))).name == "Ada L."


async def test_the_chosen_locale_is_kept(store: SqliteStore) -> None:
    learner = await new_learner(store)
    assert (await store.learner(ADA)).locale is None
    await store.set_locale(learner, "ko")
    assert (await store.learner(ADA)).locale == "ko"


async def test_position_moves(store: SqliteStore) -> None:
    learner = await new_learner(store)
    assert await store.position(learner) is None
    await store.move(learner, Position(lesson="tensors-101", stage="section", item="anatomy"))
    await store.move(learner, QUESTION)
    assert await store.position(learner) == QUESTION


async def test_each_lesson_has_its_own_position_and_the_last_one_is_known(
    store: SqliteStore,
) -> None:
    ada, ben = await new_learner(store, "ada"), await new_learner(store, "ben")
    other = Position(lesson="autograd", stage="step", item="loss")
    assert await store.positions(ada) == {}
    await store.move(ada, QUESTION)
    await store.move(ada, other)
    await store.move(ben, replace(QUESTION, item="anatomy"))
    assert await store.position(ada) == other
    assert await store.positions(ada) == {"tensors-101": QUESTION, "autograd": other}
    await store.move(ada, QUESTION)
    assert await store.position(ada) == QUESTION
    assert await store.positions(ada) == {"tensors-101": QUESTION, "autograd": other}


async def test_a_section_is_read_by_going_there_and_nothing_else_is(store: SqliteStore) -> None:
    ada, ben = await new_learner(store, "ada"), await new_learner(store, "ben")
    for item in ("anatomy", "shape", "anatomy"):
        await store.move(ada, Position(lesson="tensors-101", stage="section", item=item))
    await store.move(ada, QUESTION)
    await store.add_note(ada, NOTE, Position(lesson="autograd", stage="section", item="graph"))
    await store.move(ben, QUESTION)
    assert await store.sections_read(ada, "tensors-101") == {"anatomy", "shape"}
    assert await store.sections_read(ada, "autograd") == {"graph"}
    assert await store.sections_read(ben, "tensors-101") == frozenset()


async def test_an_attempt_is_not_kept_without_the_answer_it_is(store: SqliteStore) -> None:
    learner = await new_learner(store)
    await store.add_attempt(learner, ATTEMPT, QUESTION, ANSWER)
    nothing = replace(ANSWER, given=None)  # type: ignore[arg-type]
    with pytest.raises(StorageError, match="NOT NULL"):
        await store.add_attempt(learner, ATTEMPT, replace(QUESTION, item="later"), nothing)
    assert await store.attempts(learner, "tensors-101") == (ATTEMPT,)
    assert await store.answers(learner, "tensors-101") == (ANSWER,)
    assert await store.position(learner) == QUESTION


async def test_records_come_back_as_they_went_in(store: SqliteStore) -> None:
    learner = await new_learner(store)
    wrong = replace(ANSWER, correct=False, given="moves", points=0.0)
    silent = replace(ATTEMPT, number=2, outcome="passed", say=None)
    await store.add_answer(learner, wrong)
    await store.add_answer(learner, ANSWER)
    await store.add_attempt(learner, ATTEMPT)
    await store.add_attempt(learner, silent)
    await store.add_note(learner, NOTE)
    assert await store.answers(learner, "tensors-101") == (wrong, ANSWER)
    assert await store.attempts(learner, "tensors-101") == (ATTEMPT, silent)
    assert await store.notes(learner, "tensors-101") == (NOTE,)


async def test_records_are_of_one_learner_and_one_lesson(store: SqliteStore) -> None:
    ada, ben = await new_learner(store, "ada"), await new_learner(store, "ben")
    await store.add_answer(ada, ANSWER)
    await store.add_attempt(ada, ATTEMPT)
    await store.add_note(ada, NOTE)
    await store.add_cell(ada, CELL)
    assert await store.answers(ada, "autograd") == ()
    assert await store.answers(ben, "tensors-101") == ()
    assert await store.attempts(ben, "tensors-101") == ()
    assert await store.notes(ben, "tensors-101") == ()
    assert await store.cells(ben) == ()


@pytest.mark.parametrize("kind", ["answer", "attempt", "note"])
async def test_a_record_and_where_it_leads_are_kept_together(store: SqliteStore, kind: str) -> None:
    learner = await new_learner(store)
    match kind:
        case "answer":
            await store.add_answer(learner, ANSWER, QUESTION)
        case "attempt":
            await store.add_attempt(learner, ATTEMPT, QUESTION)
        case _:
            await store.add_note(learner, NOTE, QUESTION)
    assert await store.position(learner) == QUESTION


async def test_a_record_is_not_kept_when_where_it_leads_cannot_be(store: SqliteStore) -> None:
    learner = await new_learner(store)
    nowhere = replace(QUESTION, item=None)  # type: ignore[arg-type]
    with pytest.raises(StorageError, match="NOT NULL"):
        await store.add_answer(learner, ANSWER, nowhere)
    assert await store.answers(learner, "tensors-101") == ()


async def test_forgotten_cells_are_out_of_sight_but_not_deleted(
    store: SqliteStore, path: Path
) -> None:
    learner = await new_learner(store)
    later = replace(CELL, code="x = 2", ok=False, lesson=None, step=None)
    await store.add_cell(learner, CELL)
    await store.forget_cells(learner)
    assert await store.cells(learner) == ()
    await store.add_cell(learner, later)
    assert await store.cells(learner) == (later,)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT session, code FROM cell ORDER BY id").fetchall() == [
            (1, "x = 1"),
            (2, "x = 2"),
        ]


async def test_a_time_in_another_zone_stays_the_same_moment(store: SqliteStore) -> None:
    learner = await new_learner(store)
    seoul = AT.astimezone(timezone(timedelta(hours=9)))
    await store.add_note(learner, replace(NOTE, at=seoul))
    (note,) = await store.notes(learner, "tensors-101")
    assert note.at == AT


async def test_a_time_without_a_zone_is_refused(store: SqliteStore) -> None:
    learner = await new_learner(store)
    with pytest.raises(ValueError, match="time zone"):
        await store.add_note(learner, replace(NOTE, at=AT.replace(tzinfo=None)))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("안녕하세요 👩‍🚀", "안녕하세요 👩‍🚀"),
        ("a\x00b", "a\x00b"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("\udc80", "\ufffd"),
        ("whole \ud83d\ude80 pair", "whole 🚀 pair"),
        ("\r\n\t\x1b[31m", "\r\n\t\x1b[31m"),
    ],
)
async def test_any_text_is_kept_and_halves_of_surrogate_pairs_are_replaced(
    store: SqliteStore, written: str, kept: str
) -> None:
    met = await store.learner(Actor("console", written, written))
    assert (met.name, met.is_new) == (kept, True)
    assert not (await store.learner(Actor("console", written, written))).is_new
    await store.add_answer(met.id, replace(ANSWER, given=written))
    await store.add_cell(met.id, replace(CELL, code=written))
    assert (await store.answers(met.id, "tensors-101"))[0].given == kept
    assert (await store.cells(met.id))[0].code == kept


@pytest.mark.parametrize("change", ["locale", "move", "answer", "cell", "forget"])
async def test_an_unknown_learner_is_refused(store: SqliteStore, change: str) -> None:
    changes = {
        "locale": store.set_locale(99, "ko"),
        "move": store.move(99, QUESTION),
        "answer": store.add_answer(99, ANSWER),
        "cell": store.add_cell(99, CELL),
        "forget": store.forget_cells(99),
    }
    wanted = changes.pop(change)
    for other in changes.values():
        other.close()
    with pytest.raises(StorageError, match=r"tutor\.sqlite3: "):
        await wanted


async def test_the_secret_is_made_once_from_the_given_source(path: Path) -> None:
    async with open_store(path, random_bytes=lambda size: b"s" * size) as store:
        secrets = await asyncio.gather(*(store.server_secret() for _ in range(5)))
    async with open_store(path, random_bytes=lambda size: b"t" * size) as store:
        assert {*secrets, await store.server_secret()} == {b"s" * 32}


async def test_everything_is_there_after_opening_again(path: Path) -> None:
    async with open_store(path) as store:
        learner = await new_learner(store)
        await store.add_answer(learner, ANSWER, QUESTION)
        await store.add_cell(learner, CELL)
    async with open_store(path) as store:
        assert (await store.learner(ADA)).is_new is False
        assert await store.answers(learner, "tensors-101") == (ANSWER,)
        assert await store.position(learner) == QUESTION
        assert await store.cells(learner) == (CELL,)


async def test_many_at_once_each_find_their_own(store: SqliteStore) -> None:
    async def study(who: int) -> None:
        learner = await new_learner(store, f"learner-{who}")
        for number in range(1, 9):
            await store.add_attempt(
                learner, replace(ATTEMPT, number=number), replace(QUESTION, item=str(number))
            )
            assert (await store.attempts(learner, "tensors-101"))[-1].number == number
            assert await store.position(learner) == replace(QUESTION, item=str(number))

    await asyncio.gather(*(study(who) for who in range(64)))


async def test_a_change_is_on_the_disk_when_its_method_returns(
    store: SqliteStore, path: Path
) -> None:
    learner = await new_learner(store)
    await store.add_answer(learner, ANSWER)
    with closing(sqlite3.connect(path)) as another:
        assert another.execute("SELECT count(*) FROM answer").fetchone() == (1,)


async def test_the_database_is_for_its_owner_only(store: SqliteStore, path: Path) -> None:
    await new_learner(store)
    assert permissions(path) == permissions(Path(f"{path}-wal")) == 0o600


async def test_the_durable_settings_are_in_force(store: SqliteStore) -> None:
    def settings(connection: sqlite3.Connection) -> list[int | str]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await store._database.do(settings) == ["wal", 2, 1, 10_000]


async def test_a_closed_store_says_so(path: Path) -> None:
    async with open_store(path) as store:
        learner = await new_learner(store)
    with pytest.raises(StorageError, match="closed"):
        await store.add_answer(learner, ANSWER)
    with pytest.raises(StorageError, match=r"tutor\.sqlite3"):
        await store.answers(learner, "tensors-101")


# Deleting ---------------------------------------------------------------------------------------

OF_A_PLATFORM = """
    INSERT INTO gpu_use (learner, day, seconds) VALUES (1, '2026-03-01', 3.5);
    INSERT INTO poll (id, platform, server_id, channel_id, asked_by, locale, lesson, question, own,
                      how, at, closes)
    VALUES (7, 'console', 's', 'c', 'ada', 'en', 'l', 'q', '', 'buttons', '2026', '2027');
    INSERT INTO vote (poll, user_id, choice, at) VALUES (7, 'ada', 'a', '2026');
    INSERT INTO thread (platform, server_id, user_id, channel_id) VALUES ('console', 's', 'ada', 't');
    INSERT INTO message (platform, message_id, channel_id, server_id, slot, owner, source, settled, at)
    VALUES ('console', 'm', 'c', 's', 'run:1', 'ada', '1', 1, '2026');
    INSERT INTO blocked (platform, user_id, by_whom, at) VALUES ('console', 'ada', 'op', '2026');
"""
OF_OTHERS = """
    INSERT INTO vote (poll, user_id, choice, at) VALUES (7, 'ben', 'a', '2026');
    INSERT INTO thread (platform, server_id, user_id, channel_id) VALUES ('slack', 's', 'ada', 't');
    INSERT INTO message (platform, message_id, channel_id, server_id, slot, owner, source, settled, at)
    VALUES ('slack', 'm', 'c', 's', 'run:1', 'ada', '1', 1, '2026'),
           ('console', 'n', 'c', 's', 'poll:7', '', '1', 1, '2026');
"""
NOT_ABOUT_LEARNERS = {"migration", "secret", "last_deleted", "platform_state", "server", "poll"}


async def everything_about(store: SqliteStore, path: Path) -> int:
    """Let Ada do all that can be remembered; return her id."""
    learner = await new_learner(store)
    await store.add_answer(learner, ANSWER, replace(QUESTION, stage="section"))
    await store.add_attempt(learner, ATTEMPT)
    await store.add_note(learner, NOTE)
    await store.add_cell(learner, CELL)
    await store.add_draft(learner, "1", "y = 2", AT)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OF_A_PLATFORM)
    return learner


def rows(path: Path) -> dict[str, int]:
    """Return how many rows each table has that tells of learners."""
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        about = {name for (name,) in tables} - NOT_ABOUT_LEARNERS
        counts = (f"SELECT '{name}', count(*) FROM {name}" for name in about)
        return dict(database.execute(" UNION ALL ".join(counts)).fetchall())


async def test_deleting_a_learner_deletes_all_that_is_kept_about_them(
    store: SqliteStore, path: Path
) -> None:
    learner = await everything_about(store, path)
    before = rows(path)
    assert before == dict.fromkeys(before, 1)
    await store.delete_personal_data(learner)
    assert rows(path) == dict.fromkeys(before, 0) | {"blocked": 1}
    assert await store.personal_data(learner) is None
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT asked_by FROM poll").fetchall() == [("",)]


async def test_deleting_a_learner_leaves_what_is_of_others(store: SqliteStore, path: Path) -> None:
    ben = await new_learner(store, "ben")
    await store.add_cell(ben, CELL)
    ada = await new_learner(store)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OF_A_PLATFORM.replace("VALUES (1,", f"VALUES ({ada},") + OF_OTHERS)
    await store.delete_personal_data(ada)
    left = {name: count for name, count in rows(path).items() if count}
    assert left == {
        "learner": 1, "identity": 1, "cell": 1, "vote": 1, "thread": 1, "message": 2, "blocked": 1
    }  # fmt: skip


async def test_a_deleted_learner_comes_back_as_a_stranger_with_another_id(
    store: SqliteStore,
) -> None:
    learner = await new_learner(store)
    await store.delete_personal_data(learner)
    again = await store.learner(ADA)
    assert again.is_new
    assert again.id > learner
    for late in (
        store.add_cell(learner, CELL),
        store.add_attempt(learner, ATTEMPT, QUESTION, ANSWER),
        store.move(learner, QUESTION),
        store.add_draft(learner, "1", "x", AT),
    ):
        with pytest.raises(Forgotten):
            await late
    assert await store.cells(again.id) == ()
    assert await store.position(again.id) is None


async def test_what_is_kept_about_a_learner_can_be_read_in_one_piece(
    store: SqliteStore, path: Path
) -> None:
    learner = await everything_about(store, path)
    await new_learner(store, "ben")
    kept = await store.personal_data(learner)
    assert kept is not None
    assert json.loads(json.dumps(kept)) == kept
    assert kept["name"] == "Ada"
    assert {name: len(rows) for name, rows in kept.items() if isinstance(rows, list)} == dict.fromkeys(
        (
            "identities", "positions", "sections_read", "answers", "attempts", "notes", "cells",
            "drafts", "gpu_use", "votes", "polls", "threads", "messages", "blocked",
        ),
        1,
    )  # fmt: skip
    assert kept["cells"][0]["code"] == "x = 1"
    assert kept["answers"][0]["correct"] is True
    assert kept["identities"] == [{"platform": "console", "user_id": "ada", "seen_locale": None}]


# Drafts, and cells of the past ------------------------------------------------------------------


async def test_the_newest_drafts_of_each_learner_are_kept(store: SqliteStore) -> None:
    ada, ben = await new_learner(store, "ada"), await new_learner(store, "ben")
    await store.add_draft(ben, "0", "of ben", AT)
    for number in range(25):
        await store.add_draft(ada, str(number), f"x = {number}", AT + timedelta(seconds=number))
    await store.add_draft(ada, "6", "x = 6", AT + timedelta(minutes=1))
    await store.add_draft(ada, "new", "x = 9", AT + timedelta(minutes=2))
    there = [number for number in range(25) if await store.draft(ada, str(number))]
    assert there == [6, *range(7, 25)]
    assert await store.draft(ada, "new") == "x = 9"
    assert (await store.draft(ben, "0"), await store.draft(ben, "7")) == ("of ben", None)


async def test_cells_of_earlier_sessions_can_still_be_found(store: SqliteStore) -> None:
    learner = await new_learner(store)
    cells = [replace(CELL, code=f"x = {number}", server="s") for number in range(4)]
    for cell in cells[:3]:
        await store.add_cell(learner, cell)
    await store.forget_cells(learner)
    await store.add_cell(learner, cells[3])
    assert await store.past_cells(learner, 3) == tuple(cells[1:])
    assert await store.cells(learner) == (cells[3],)


# Languages --------------------------------------------------------------------------------------


async def test_the_language_of_the_platform_is_kept_and_never_cleared(
    store: SqliteStore, path: Path
) -> None:
    assert (await store.learner(replace(ADA, locale="ko"))).seen == "ko"
    assert (await store.learner(ADA)).seen == "ko"
    with closing(sqlite3.connect(path)) as database:
        before = database.execute("PRAGMA data_version").fetchone()
        await store.learner(replace(ADA, locale="ko"))
        await store.learner(ADA)
        assert database.execute("PRAGMA data_version").fetchone() == before
    assert (await store.learner(replace(ADA, locale="en-US"))).seen == "en-US"
    assert (await store.learner(ADA)).seen == "en-US"


async def test_asking_for_a_stranger_does_not_make_them_known(store: SqliteStore) -> None:
    assert await store.known(ADA) is None
    met = await store.learner(ADA)
    assert met.is_new
    known = await store.known(replace(ADA, name="changed"))
    assert known == replace(met, is_new=False)
