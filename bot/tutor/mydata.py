"""Shows a learner all that is kept about them, and deletes it when they say so twice."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

from bot.tutor.buttons import continue_button, in_chat
from bot.tutor.cells import digest
from bot.tutor.help import what_is_stored
from bot.tutor.reply import Button, File, Heading, Note, Part, Prose, Ref, Reply
from bot.tutor.run_view import MOST_FILE
from bot.tutor.turn import Turn

_EXPORT = ("export", "download", "내보내기", "받기")
_DELETE = ("delete", "remove", "삭제", "지우기")
_DONE = ("positions", "answers", "attempts", "notes", "cells")
"""What counts for a confirmation: it is about all of it as it was when it was asked for."""


async def mydata(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Answer `mydata`: export, delete, or what there is to choose from."""
    wanted = args[0].strip().casefold() if args else ""
    data = await turn.store.personal_data(turn.learner.id) or {}
    if wanted in _EXPORT:
        return _exported(turn, data)
    if wanted in _DELETE:
        return await _delete(turn, data, args[1] if len(args) > 1 else "")
    return _choices(turn)


def _choices(turn: Turn) -> Reply:
    say = turn.say
    parts = (
        Heading(say("Your data")),
        Note("info", what_is_stored(say, turn.event.place)),
    )
    actions = (
        Button(say("Get a copy of it"), Ref("mydata", ("export",))),
        Button(say("Delete all of it …"), Ref("mydata", ("delete",))),
        continue_button(turn),
    )
    return Reply(parts, actions)


def _exported(turn: Turn, data: Mapping[str, Any]) -> Reply:
    say = turn.say
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    file = File("my-data.json", text.encode(errors="replace"))
    parts: list[Part] = [Prose(say("This is all that is kept about you.")), file]
    if len(file.data) > MOST_FILE:
        packed = gzip.compress(file.data, mtime=0)
        note = Note("info", say("It is packed, for it is long: `gunzip` opens it."))
        parts = [parts[0], note, File("my-data.json.gz", packed)]
    delete = Button(say("Delete all of it …"), Ref("mydata", ("delete",)))
    return Reply(tuple(parts), (delete, continue_button(turn)))


async def _delete(turn: Turn, data: Mapping[str, Any], token: str) -> Reply:
    """Delete everything if `token` says that it was asked about just that, else ask."""
    if token != _token(turn.learner.id, data):
        return _asked(turn, data, is_stale=bool(token))
    await turn.services.runner.forget(turn.learner.id)
    await turn.store.delete_personal_data(turn.learner.id)
    turn.meanwhile.forget(turn.learner.id)
    say = turn.say
    text = say("Everything about you is deleted. If you come back, we start from scratch.")
    parts: list[Part] = [Note("good", text)]
    if in_chat(turn):
        stays = say("Messages that stand in this chat are not kept by me: delete them here.")
        parts.append(Note("info", stays))
    return Reply(tuple(parts), (Button(say("Start"), Ref("learn")),))


def _asked(turn: Turn, data: Mapping[str, Any], *, is_stale: bool) -> Reply:
    say = turn.say
    changed = say("There is more to delete since this was asked, so once again:")
    parts: list[Part] = [Note("info", changed)] if is_stale else []
    text = say(
        "This deletes your progress, answers, attempts, code and variables for good: nobody can bring "
        "them back. Delete everything about you?"
    )
    token = _token(turn.learner.id, data)
    actions = (
        Button(say("Delete everything"), Ref("mydata", ("delete", token)), "danger"),
        Button(say("Get a copy of it"), Ref("mydata", ("export",))),
        Button(say("Keep everything"), Ref("learn"), "primary"),
    )
    return Reply((*parts, Note("warn", text)), actions)


def _token(learner: int, data: Mapping[str, Any]) -> str:
    return digest(json.dumps([learner, *(data.get(name) for name in _DONE)]))
