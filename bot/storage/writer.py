"""Writes in order: operations wait in a bounded queue and are committed in groups, small ones at once if none waits."""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from bot.storage.connection import Connection
from bot.storage.errors import DiskTrouble, StorageError, explain, is_busy

log = logging.getLogger(__name__)

MOST_WAITING = 1000
"""Operations that may wait; whoever comes later waits for a place."""

MOST_IN_A_GROUP = 100
"""Operations that share a commit, and so a flush to the disk."""

MOST_NOTES = 64
"""Operations done at once before one is flushed to the disk, and all before it."""

PEACE_SECONDS = 60.0
"""How long nothing more is said of the disk once it was told that it is well again."""

Result = TypeVar("Result")
Operation = Callable[[sqlite3.Connection], Result]
"""What runs in the connection's own thread, where all of a group is one journey there and back, or at once."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    operation: Operation[Any]
    answer: asyncio.Future[Any]


class Writer:
    """Runs operations on the connection that writes, from `async with` to its end.

    `notes` is the one for what is done at once, on the event loop; it must not wait for anything.
    """

    def __init__(self, path: Path, connection: Connection, notes: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._notes = notes
        self._noted = 0
        self._is_committing = False
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        # Bounds the queue. Putting then never waits, so nothing can slip in behind the closing None.
        self._places = asyncio.Semaphore(MOST_WAITING)
        self._task: asyncio.Task[None] | None = None
        self._in_trouble = False
        self._peace_until = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._work(), name="database writer")
        return self

    async def __aexit__(self, *_: object) -> None:
        task, self._task = self._task, None
        if task is not None:
            self._queue.put_nowait(None)
            await task

    async def do(self, operation: Operation[Result]) -> Result:
        """Return what `operation` returned, once it is safely on the disk.

        It runs in a savepoint of its own: when it raises, its changes are undone, those of others
        stay, and the caller gets the exception. Raises `StorageError` for what SQLite refuses.
        """
        async with self._places:
            if self._task is None:
                raise StorageError(f"{self._path}: the database is closed; start the program again")
            answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
            self._queue.put_nowait(_Waiting(operation, answer))
            return await answer

    async def note(self, operation: Operation[Result]) -> Result:
        """Do `operation` at once if nothing is being written, ours or another program's; else as `do`.

        What was done at once survives this program; a power failure may undo the latest `MOST_NOTES`.
        """
        if self._is_idle and self._noted < MOST_NOTES:
            try:
                (result,) = self._outcomes(self._notes, [operation])
            except sqlite3.Error as error:
                if not is_busy(error):
                    self._notice([failure := explain(self._path, error)])
                    raise failure from error
            else:
                self._noted += 1
                self._notice([result])
                if isinstance(result, Exception):
                    raise result
                return cast("Result", result)
        flushed = await self.do(operation)
        self._noted = 0  # and not before: what has failed has flushed nothing
        return flushed

    @property
    def _is_idle(self) -> bool:
        """Whether what is done now comes after all that was asked for before."""
        return self._task is not None and self._queue.empty() and not self._is_committing

    async def _work(self) -> None:
        while (first := await self._queue.get()) is not None:
            group, last = [first], False
            while len(group) < MOST_IN_A_GROUP and not last and not self._queue.empty():
                another = self._queue.get_nowait()
                last = another is None
                group += [another] if another else []
            await self._commit([one for one in group if not one.answer.done()])
            if last:
                return

    async def _commit(self, group: list[_Waiting]) -> None:
        operations = [one.operation for one in group]
        self._is_committing = True
        try:
            results = await self._connection.call(lambda opened: self._outcomes(opened, operations))
        except Exception as error:  # noqa: BLE001  (whatever it is, nobody may wait for ever)
            results = [explain(self._path, error) for _ in group]
        finally:
            self._is_committing = False
        self._notice(results)
        for one, result in zip(group, results, strict=True):
            _resolve(one.answer, result)

    def _outcomes(
        self, connection: sqlite3.Connection, operations: Sequence[Operation[Any]]
    ) -> list[Any]:
        """Run `operations` in one transaction; return what each returned, or why it failed."""
        try:
            connection.execute("BEGIN IMMEDIATE")
            results = [self._outcome(connection, operation) for operation in operations]
            connection.execute("COMMIT")
        except Exception:
            _roll_back(connection)
            raise
        return results

    def _outcome(self, connection: sqlite3.Connection, operation: Operation[Any]) -> Any:
        """Return what the operation returned or, its changes undone, the exception it raised."""
        connection.execute("SAVEPOINT operation")
        try:
            result = operation(connection)
        except Exception as error:
            if not connection.in_transaction:
                raise  # the disk is full: SQLite has taken back the whole group by itself
            connection.execute("ROLLBACK TO operation")
            result = explain(self._path, error) if isinstance(error, sqlite3.Error) else error
        connection.execute("RELEASE operation")
        return result

    def _notice(self, results: list[Any]) -> None:
        """Tell the operator when the disk begins to refuse, and when it takes something again.

        A disk with a little room takes this and refuses that, so after both there is a minute of peace.
        """
        refused = next((one for one in results if isinstance(one, DiskTrouble)), None)
        now = time.monotonic()
        if refused and not self._in_trouble and now >= self._peace_until:
            self._in_trouble = True
            log.error("%s. Until then nothing is saved, and learners are told so", refused)
        elif self._in_trouble and not refused:
            self._in_trouble = False
            self._peace_until = now + PEACE_SECONDS
            log.warning("%s: the database can be written again", self._path)


def _roll_back(connection: sqlite3.Connection) -> None:
    # If even that fails, the next group fails at its beginning, and tries this again.
    with contextlib.suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _resolve(answer: asyncio.Future[Any], result: Any) -> None:
    if answer.done():  # its caller was cancelled meanwhile
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
