"""What everybody did, out of SQLite: for teachers' exports and the numbers of a server."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from bot.storage.database import Database
from bot.storage.values import bound, restored
from bot.tutor.records import Done, Tallies

PAGE = 1000
"""Records read at once."""

_KINDS = {
    "answer": (
        "lesson, question AS item, points,"
        " CASE correct WHEN 1 THEN 'correct' ELSE 'wrong' END AS outcome"
    ),
    "attempt": "lesson, step AS item, points, outcome",
    "cell": (
        "ifnull(lesson, '') AS lesson, ifnull(step, '') AS item, 0.0 AS points,"
        " CASE ok WHEN 1 THEN 'ok' ELSE 'error' END AS outcome"
    ),
}
"""What is selected of each table; a cell is called a run."""

# Whoever has accounts on several platforms is listed with that on the platform asked for, if any.
_PAGE = """
    SELECT did.id AS id, did.at AS at, learner.name AS name, platform, user_id,
           lesson, item, points, outcome
    FROM (SELECT id, at, learner, server, {columns} FROM {table} WHERE id > :id) AS did
    JOIN learner ON learner.id = did.learner
    JOIN identity ON identity.learner = did.learner AND (platform, user_id) = (
        SELECT platform, user_id FROM identity WHERE learner = did.learner
        ORDER BY platform <> :platform, platform, user_id LIMIT 1
    )
    WHERE :server_id = '' OR (server = :server_id AND platform = :platform)
    ORDER BY did.id LIMIT :page
"""
_TALLIES = """
    WITH here AS (SELECT learner FROM identity WHERE :platform IN ('', platform)),
    done AS (
        SELECT 'answer' AS kind, learner FROM answer WHERE :server_id IN ('', server)
        UNION ALL
        SELECT 'attempt', learner FROM attempt WHERE :server_id IN ('', server)
        UNION ALL
        SELECT 'run', learner FROM cell WHERE :server_id IN ('', server)
    ), counted AS (SELECT kind, learner FROM done WHERE learner IN here)
    SELECT CASE :server_id WHEN '' THEN (SELECT count(*) FROM learner WHERE id IN here)
           ELSE count(DISTINCT learner) END AS learners,
           ifnull(sum(kind = 'answer'), 0) AS answers,
           ifnull(sum(kind = 'attempt'), 0) AS attempts,
           ifnull(sum(kind = 'run'), 0) AS runs,
           (SELECT count(*) FROM poll WHERE closed = 0 AND :platform IN ('', platform)
            AND :server_id IN ('', server_id)) AS open_polls
    FROM counted
"""


class SqliteActivity:
    """The `Activity` (bot.tutor.places) in SQLite. Methods raise `StorageError`."""

    def __init__(self, database: Database, page: int = PAGE) -> None:
        self._database = database
        self._page = page

    async def done(self, platform: str = "", server_id: str = "") -> AsyncIterator[Sequence[Done]]:
        for table, columns in _KINDS.items():
            sql = _PAGE.format(table=table, columns=columns)
            where = {"platform": platform, "server_id": server_id, "page": self._page, "id": 0}
            while rows := await self._database.read(sql, bound(where)):
                where["id"] = rows[-1]["id"]
                yield [_done(row, "run" if table == "cell" else table) for row in rows]

    async def tallies(self, platform: str = "", server_id: str = "") -> Tallies:
        where = bound({"platform": platform, "server_id": server_id})
        (row,) = await self._database.read(_TALLIES, where)
        return Tallies(**row)


def _done(row: dict[str, Any], kind: str) -> Done:
    del row["id"]
    return Done(kind=kind, **restored(row))
