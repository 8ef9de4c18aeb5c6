"""All that is kept about one learner: read out as one document, or deleted in one transaction."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from bot.storage.database import Database

_LEARNER = "SELECT name, locale FROM learner WHERE id = :learner"
_LISTS = {
    "identities": """
        SELECT platform, user_id, seen_locale FROM identity
        WHERE learner = :learner ORDER BY platform, user_id
    """,
    "positions": """
        SELECT lesson, stage, item FROM position WHERE learner = :learner ORDER BY touched
    """,
    "sections_read": """
        SELECT lesson, section FROM reading WHERE learner = :learner ORDER BY lesson, section
    """,
    "answers": """
        SELECT lesson, rev, question, given, correct, points, at, server FROM answer
        WHERE learner = :learner ORDER BY id
    """,
    "attempts": """
        SELECT lesson, rev, step, number, code, outcome, points, say, at, server FROM attempt
        WHERE learner = :learner ORDER BY id
    """,
    "notes": "SELECT lesson, item, kind, at FROM note WHERE learner = :learner ORDER BY id",
    "cells": """
        SELECT session, code, stdin, ok, source, lesson, step, at, server FROM cell
        WHERE learner = :learner ORDER BY id
    """,
    "drafts": "SELECT code, at FROM draft WHERE learner = :learner ORDER BY at, name",
    "gpu_use": "SELECT day, seconds FROM gpu_use WHERE learner = :learner ORDER BY day",
    "votes": """
        SELECT platform, server_id, lesson, question, choice, vote.at
        FROM vote JOIN poll ON poll.id = poll JOIN identity USING (platform, user_id)
        WHERE learner = :learner ORDER BY poll
    """,
    "polls": """
        SELECT platform, server_id, channel_id, poll.lesson, question, own, how, at, closes
        FROM poll JOIN identity USING (platform) WHERE asked_by = user_id AND learner = :learner
        ORDER BY poll.id
    """,
    "threads": """
        SELECT platform, server_id, channel_id FROM thread JOIN identity USING (platform, user_id)
        WHERE learner = :learner ORDER BY platform, server_id
    """,
    "messages": """
        SELECT platform, server_id, channel_id, message_id, slot, source, at
        FROM message JOIN identity USING (platform) WHERE owner = user_id AND learner = :learner
        ORDER BY at, message_id
    """,
    "blocked": """
        SELECT platform, at FROM blocked JOIN identity USING (platform, user_id)
        WHERE learner = :learner ORDER BY platform
    """,
}

# Rows of platforms name people by their user id there, so they go before the identities do. That
# somebody is blocked stays: deleting one's data is no way around it.
_DELETIONS = (
    """
    DELETE FROM vote WHERE EXISTS (
        SELECT 1 FROM poll JOIN identity USING (platform)
        WHERE poll.id = vote.poll AND identity.user_id = vote.user_id AND learner = :learner
    )
    """,
    """
    UPDATE poll SET asked_by = '' WHERE (platform, asked_by) IN
        (SELECT platform, user_id FROM identity WHERE learner = :learner)
    """,
    """
    DELETE FROM thread WHERE (platform, user_id) IN
        (SELECT platform, user_id FROM identity WHERE learner = :learner)
    """,
    """
    DELETE FROM message WHERE (platform, owner) IN
        (SELECT platform, user_id FROM identity WHERE learner = :learner)
    """,
    "UPDATE last_deleted SET id = max(id, :learner)",
    "DELETE FROM learner WHERE id = :learner",  # everything else goes with it
)


async def personal_data(database: Database, learner: int) -> Mapping[str, Any] | None:
    """Return all that is kept about `learner`, or None when there is no such learner."""
    found = await database.read(_LEARNER, {"learner": learner})
    if not found:
        return None
    lists = {name: await database.read(sql, {"learner": learner}) for name, sql in _LISTS.items()}
    return {**found[0], **{name: [_plain(row) for row in rows] for name, rows in lists.items()}}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return `row` with its truth values as such."""
    return {
        name: bool(value) if name in ("correct", "ok") else value for name, value in row.items()
    }


def delete_personal_data(connection: sqlite3.Connection, learner: int) -> None:
    """Delete all that is kept about `learner`. It is one transaction with whatever else is in it."""
    connection.execute("PRAGMA secure_delete = ON")  # leaves no code in free pages
    for sql in _DELETIONS:
        connection.execute(sql, {"learner": learner})
