"""Writes a log as text or as JSON, each line with the request it belongs to, and without anybody's secrets."""

import json
import logging
import os
import re
import types
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""What is being answered: made where an event comes in, and sent along with every run."""

_NAME_BYTES = 6
_SECRET_URL = re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]+")
"""A chat's addresses of answers hold what is as good as a password for a quarter of an hour."""

_HIDDEN = "***"


def begin() -> str:
    """Give what begins here a name, under which all that comes of it is logged."""
    name = os.urandom(_NAME_BYTES).hex()
    REQUEST.set(name)
    return name


def log_to(
    where: logging.Handler | TextIO,
    form: str = "text",
    level: str = "info",
    *,
    hidden: Sequence[str] = (),
    prefix: str = "",
) -> None:
    """Have our own lines from `level` on written to `where`, and of everybody else's the warnings.

    `hidden` are words that never show. What an exception says shows only where `level` is debug: it
    may quote what somebody wrote.
    """
    handler = where if isinstance(where, logging.Handler) else logging.StreamHandler(where)
    formatter = _Json if form == "json" else _Text
    handler.setFormatter(formatter(prefix, hidden, details=level == "debug"))
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, _number(level)))
    for name in ("bot", "sandbox"):
        logging.getLogger(name).setLevel(_number(level))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


class _Lines(logging.Formatter):
    """What both forms have in common."""

    def __init__(self, prefix: str, hidden: Sequence[str], *, details: bool) -> None:
        super().__init__()
        self._prefix = prefix
        self._hidden = tuple(word for word in hidden if word)
        self._details = details

    def _message(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name == "asyncio" and not self._details:
            message = message.partition("\n")[0]  # below it stands what a task was about
        return message

    def _trace(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        told = ("Traceback:", *_told(error, details=self._details)) if error else ()
        return "\n".join(told)

    def _without_secrets(self, line: str) -> str:
        for word in self._hidden:
            line = line.replace(word, _HIDDEN)
        return _SECRET_URL.sub(rf"\1{_HIDDEN}", line)


class _Text(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        request = REQUEST.get()
        start = self._prefix or f"{self.formatTime(record)} {record.levelname} {record.name}"
        whose = f" [{request}]" if request else ""
        trace = self._trace(record)
        line = f"{start}{whose}: {self._message(record)}" + (f"\n{trace}" if trace else "")
        return self._without_secrets(line)


class _Json(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": REQUEST.get(),
            "message": self._message(record),
            "trace": self._trace(record),
        }
        full = {key: value for key, value in line.items() if value}
        return self._without_secrets(json.dumps(full, ensure_ascii=False))


def _told(error: BaseException, *, details: bool) -> Iterator[str]:
    """Yield where `error` came through and what it is; what it says only where that may be told."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _told(cause, details=details)
        yield "which led to"
    yield from _frames(error.__traceback__)
    kind = type(error).__qualname__
    if isinstance(error, OSError) and error.strerror:
        yield f"{kind}: {error.strerror}"
    else:
        yield f"{kind}: {error}" if details and str(error) else kind
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _told(part, details=details)


def _frames(trace: types.TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"  {code.co_filename}:{trace.tb_lineno} in {code.co_qualname}"
        trace = trace.tb_next
