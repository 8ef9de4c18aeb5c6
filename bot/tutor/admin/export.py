"""Hands out what was done as a file: of one server to its managers, of everywhere to operators."""

from collections.abc import Mapping

from bot.tutor.admin.table import FORMATS, rows_of
from bot.tutor.buttons import continue_button
from bot.tutor.reply import File, Note, Reply
from bot.tutor.staff import is_in_server
from bot.tutor.turn import Turn

MOST_BYTES = 8 * 1024 * 1024
"""A larger file no chat takes; the command line has no such limit."""


async def export(turn: Turn, options: Mapping[str, str]) -> Reply:
    """Return one row for each answer, submission and run, as CSV or as lines of JSON."""
    say, event, activity = turn.say, turn.event, turn.services.activity
    kind = options.get("format", "").strip().casefold() or "csv"
    if kind not in FORMATS:
        return Reply((Note("info", say("There are two formats: `csv` and `jsonl`.")),))
    if activity is None:
        return Reply((Note("info", say("Nothing is kept here that could be exported.")),))
    here = (event.actor.platform, event.place.server_id) if is_in_server(event) else ("", "")
    data, count, is_whole = bytearray(), 0, True
    async for lines in rows_of(activity.done(*here), kind):
        count += len(lines)
        piece = "".join(lines).encode()
        is_whole = len(data) + len(piece) <= MOST_BYTES
        if not is_whole:
            break
        data += piece
    if kind == "csv":
        count -= 1  # the names of the columns
    if count <= 0 and is_whole:
        text = say("Nothing has been done here yet. Start with `learn`.")
        return Reply((Note("info", text),), (continue_button(turn),))
    told = say.plural(
        "{n} row. It names people: keep it safe.",
        "{n} rows. They name people: keep them safe.",
        count,
    )
    cut = say(
        "That is not all: no chat takes more. `tensor-tutor export` on the host gives all of it."
    )
    notes = [Note("info", told)] if is_whole else [Note("warn", cut)]
    return Reply((*notes, File(f"tutor-activity.{kind}", bytes(data))))
