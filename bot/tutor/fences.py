"""Reads fenced code in what people type or post: ``` and ~~~ and ₩₩₩, line by line; pure."""

import re
from dataclasses import dataclass

from sandbox.wire import MAX_CODE_CHARS

MOST_KEPT = 2 * MAX_CODE_CHARS
"""Characters of one code block that are kept: still over the limit, so that it gets refused."""

PYTHON = ("", "python", "python3", "py", "ipython")

_OPENING = re.compile(r"\s*(?P<fence>`{3,}|~{3,}|₩{3,})\s*(?P<rest>.*)$")
_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]*$")


@dataclass(frozen=True, slots=True)
class Code:
    """Fenced code; `lang` is its language tag, `readable` is False if it was not UTF-8."""

    text: str
    lang: str = ""
    readable: bool = True

    @property
    def is_python(self) -> bool:
        """Whether the language tag, if there is one, says Python."""
        return self.lang.lower() in PYTHON


@dataclass(frozen=True, slots=True)
class Typed:
    """A line outside of any fence."""

    text: str
    readable: bool = True


Entry = Code | Typed


class Reader:
    """Puts lines together: one entry a line, or one a fenced block."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0
        self._fence: str | None = None
        self._lang = ""
        self._readable = True

    @property
    def in_code(self) -> bool:
        """Whether a fence is open."""
        return self._fence is not None

    @property
    def fence(self) -> str:
        """What the open fence began with; empty without one."""
        return self._fence or ""

    def feed(self, line: str, *, readable: bool = True) -> Entry | None:
        """Take a line without its end; return what it completes, if it completes something."""
        if self._fence is None:
            opening = _OPENING.match(line)
            if opening is None:
                return Typed(line, readable)
            self._readable = readable
            return self._open(opening["fence"], opening["rest"])
        self._readable &= readable
        if _closes(line, self._fence):
            return self._close()
        text = line.rstrip()
        if text.endswith(self._fence):
            self._keep(text.removesuffix(self._fence))
            return self._close()
        self._keep(line)
        return None

    def end(self) -> Entry | None:
        """Return the code of a fence that was never closed."""
        return None if self._fence is None else self._close()

    def _open(self, fence: str, rest: str) -> Entry | None:
        rest = rest.rstrip()
        if rest.endswith(fence):
            return _one_line(rest.removesuffix(fence))
        is_tag = rest == "" or _LANGUAGE.match(rest) is not None
        self._fence, self._lang = fence, rest if is_tag else ""
        self._lines, self._size = [], 0
        if not is_tag:
            self._keep(rest)
        return None

    def _keep(self, line: str) -> None:
        if self._size <= MOST_KEPT:
            self._lines.append(line[: MOST_KEPT + 1])
            self._size += len(line) + 1

    def _close(self) -> Code:
        self._fence = None
        return Code("\n".join(self._lines), self._lang, self._readable)


def _one_line(inner: str) -> Code:
    """Return what stands between two fences on one line; a lone tag such as `py x` is dropped."""
    tag, _, code = inner.partition(" ")
    if tag.lower() in PYTHON and code.strip():
        return Code(code.strip(), tag)
    return Code(inner.strip())


def _closes(line: str, fence: str) -> bool:
    text = line.strip().replace("₩", "`")
    sign = fence[0].replace("₩", "`")
    return len(text) >= len(fence) and not text.strip(sign)


def read_text(text: str) -> list[Entry]:
    """Return the entries of a pasted text: its fenced blocks, and the text between them."""
    reader = Reader()
    entries: list[Entry] = []
    for line in text.split("\n"):
        found = reader.feed(line)
        if isinstance(found, Code) or (isinstance(found, Typed) and found.text.strip()):
            entries.append(found)
    last = reader.end()
    return [*entries, last] if last is not None else entries
