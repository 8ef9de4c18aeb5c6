import csv
import io
import json
from dataclasses import replace

import pytest

from bot.tutor.admin import export as exporting
from bot.tutor.admin.table import COLUMNS
from bot.tutor.reply import File, Ref
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.member import DM, ONE, TWO, Member


def file(member: Member) -> File:
    (found,) = [part for part in member.seen.parts if isinstance(part, File)]
    assert member.seen.visibility == "private"
    return found


def rows(member: Member) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file(member).data.decode(), newline="")))


async def works(member: Member) -> None:
    """Answer a question wrongly, then rightly, and run something."""
    await member.commands("learn")
    lesson = member.tutor._services.curriculum.lesson("tensors-101")
    assert lesson is not None
    for option in ("int64", "float32"):
        ref = Ref("answer", (lesson.id, str(lesson.rev), "default-dtype", option))
        await member.sends(ref)
    await member.posts("x = 1")


async def test_managers_get_one_row_for_everything_done_in_their_server(
    ada: Member, grace: Member
) -> None:
    await works(ada)
    await grace.tutors("export")
    assert file(grace).name == "tutor-activity.csv"
    found = rows(grace)
    assert list(found[0]) == list(COLUMNS)
    assert [(row["kind"], row["item"], row["outcome"], row["user_id"]) for row in found] == [
        ("answer", "default-dtype", "wrong", "ada"),
        ("answer", "default-dtype", "correct", "ada"),
        ("run", "", "ok", "ada"),
    ]
    assert found[1]["points"] == "1.0"
    assert found[0]["time"] == "2026-03-01T12:00:00+00:00"


async def test_two_servers_do_not_see_each_other(ada: Member, grace: Member, alan: Member) -> None:
    await works(ada)
    assert "Nothing has been done here yet" in await alan.tutors("export")
    ada.acts_in(TWO)
    await ada.posts("y = 2")
    ada.acts_in(DM)
    await ada.posts("secret = 3")
    await alan.tutors("export")
    assert [row["kind"] for row in rows(alan)] == ["run"]
    await grace.tutors("export")
    assert len(rows(grace)) == 3


async def test_the_same_server_id_on_another_platform_is_another_server(
    ada: Member, grace: Member
) -> None:
    await works(ada)
    grace._actor = replace(grace.actor, platform="slack")
    assert "Nothing has been done here yet" in await grace.tutors("export")


async def test_operators_get_everything_in_a_dm_and_one_server_in_that(
    ada: Member, olga: Member
) -> None:
    await works(ada)
    ada.acts_in(DM)
    await ada.posts("y = 2")
    await olga.tutors("export")
    assert len(rows(olga)) == 4
    olga.acts_in(ONE)
    await olga.tutors("export")
    assert len(rows(olga)) == 3


async def test_lines_of_json_hold_the_same(ada: Member, grace: Member) -> None:
    await works(ada)
    await grace.tutors("export", format="jsonl")
    lines = [json.loads(line) for line in file(grace).data.decode().splitlines()]
    assert [list(line) for line in lines] == [list(COLUMNS)] * 3
    assert lines[1]["points"] == 1.0


@pytest.mark.parametrize(
    "name", ["=1+1", "+cmd|'/c calc'!A1", "-2", "@SUM(A1)", "\t=1", "＝1+1", '"=1,2']
)
async def test_no_name_becomes_a_formula(tutor: Tutor, grace: Member, name: str) -> None:
    member = Member(tutor, "bea")
    member._actor = replace(member.actor, name=name)
    await member.posts("x = 1")
    await grace.tutors("export")
    (row,) = rows(grace)
    assert row["name"][0] not in "=+-@\t\r＝"
    assert row["name"].lstrip("'") == name
    await grace.tutors("export", format="jsonl")
    assert json.loads(file(grace).data)["name"] == name


async def test_what_no_chat_takes_is_cut_and_said(
    ada: Member, grace: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_BYTES", 20)
    await works(ada)
    assert "That is not all" in await grace.tutors("export")


async def test_there_are_two_formats(grace: Member) -> None:
    assert "two formats" in await grace.tutors("export", format="xlsx")


async def test_without_a_record_there_is_one_sentence(services: Services) -> None:
    tutor = Tutor(replace(services, activity=None, operators=frozenset({"discord:olga"})))
    assert "Nothing is kept here" in await Member(tutor, "olga", DM).tutors("export")
