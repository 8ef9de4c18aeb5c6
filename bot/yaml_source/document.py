"""Reads YAML text into plain data, strictly, and remembers the line of every key.

Scalars follow YAML 1.2: only `true` and `false` are booleans, `1e-5` is a number, dates and `1:30`
stay text, and keys are always text as written. Duplicate keys, anchors, aliases, tags and further
documents are refused.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 1024 * 1024
"""Longest file read."""

MAX_NODES = 50_000
"""Most keys and values in a file."""

MAX_DEPTH = 40
"""Deepest nesting."""

MAX_PROBLEMS = 50
"""Most problems collected from one file."""

KeyPath = tuple[str | int, ...]
"""Where something is: keys and list indexes from the top."""

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_WHOLE = re.compile(r"[-+]?[0-9]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,4})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")

# The C parser is much faster, and right about `{a: why?}`. PyYAML's wheels bring it, its source may not.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(Exception):
    """The text cannot be used; each of `problems` is one line that names file, line and fix."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(_CONTROL.sub("\ufffd", problem) for problem in problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML text says; `data` is None for an empty one."""

    name: str
    data: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line_of(self, path: KeyPath) -> int:
        """Return the line, from 1, of the key or list entry at `path`, else of its nearest parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: KeyPath, what: str) -> str:
        """Return `name:LINE: KEY: what` for something wrong at `path`."""
        key = f"{self.key_of(path)}: " if path else ""
        return _CONTROL.sub("\ufffd", f"{self.name}:{self.line_of(path)}: {key}{what}")

    def key_of(self, path: KeyPath) -> str:
        """Return `path` as people read it: `questions[mixed-devices].options.a`."""
        parts: list[str] = []
        here = self.data
        for step in path:
            here = _inside(here, step)
            if isinstance(step, int):
                name = here.get("id") if isinstance(here, dict) else None
                parts.append(f"[{name if isinstance(name, str) else step}]")
            else:
                parts.append(f".{step}" if parts else step)
        return "".join(parts)


def _inside(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return value[step]
    return None


def load_yaml(path: Path, name: str | None = None) -> Document:
    """Return the YAML file at `path`, called `name` in messages. Raises `YamlError`."""
    name = name or str(path)
    try:
        if path.exists() and not path.is_file():
            raise YamlError([f"{name}: this is not a file; give the path of a YAML file"])
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise YamlError(
            [f"{name}: cannot be read ({reason}); check the path and its permissions"]
        ) from error
    if len(raw) > MAX_BYTES:
        raise YamlError([f"{name}: longer than {MAX_BYTES} bytes; split it"])
    try:
        return read_yaml(raw.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise YamlError([f"{name}:{line}: not UTF-8 text; save the file as UTF-8"]) from error


def read_yaml(text: str, name: str) -> Document:
    """Return what `text` says, with the line of every key. Raises `YamlError`."""
    builder = _Builder(name)
    try:
        if len(text) > MAX_BYTES:
            raise YamlError([f"{name}: longer than {MAX_BYTES} characters; split it"])
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.YAMLError as error:
        raise YamlError([*builder.problems, _syntax_problem(error, text, name)]) from error
    except UnicodeError as error:
        raise YamlError([f"{name}: not Unicode text; save the file as UTF-8"]) from error
    if builder.problems:
        raise YamlError(builder.problems)
    return Document(name, builder.root, builder.lines)


def _syntax_problem(error: yaml.YAMLError, text: str, name: str) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    line = mark.line if mark else text.count("\n", 0, getattr(error, "position", 0))
    source = text.split("\n")[line] if line <= text.count("\n") else ""
    if "\t" in source[: len(source) - len(source.lstrip())]:
        what, fix = "a tab in the indentation", "indent with spaces"
    else:
        fix = "check the indentation, colons and quotes here and just above"
    return f"{name}:{line + 1}: not valid YAML ({what}); {fix}"


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    path: KeyPath
    value: Any
    key: str | None = None


class _Builder:
    """Builds plain data from parser events without recursion, so that depth cannot hurt."""

    def __init__(self, name: str) -> None:
        self.root: Any = None
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[str] = []
        self._name = name
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse(line, "a second document starts here; keep one and remove the `---`")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event, line)

    def _take_node(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._refuse(
                line,
                f"anchors and aliases (`{event.anchor}`) are not used here; write the value out",
            )
        if event.tag is not None:
            self._refuse(line, f"tags (`{event.tag}`) are not used here; remove it")
        if len(self.lines) >= MAX_NODES or len(self._open) >= MAX_DEPTH:
            self._refuse(
                line, f"more than {MAX_NODES} values or {MAX_DEPTH} levels; make it smaller"
            )
        parent = self._open[-1] if self._open else None
        if parent and isinstance(parent.value, dict) and parent.key is None:
            self._take_key(parent, event, line)
        elif isinstance(event, yaml.ScalarEvent):
            self._place(parent, self._scalar(event, line), line)
        else:
            value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._open.append(_Open(self._place(parent, value, line), value))

    def _take_key(self, parent: _Open, event: Any, line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent) or not event.value:
            self._refuse(line, "a key is missing or is no text; write `key: value`")
        key, path = event.value, (*parent.path, event.value)
        if key in parent.value:
            first = self.lines[path]
            shown = Document(self._name, self.root, {path: line}).problem(path, "")
            self._note(f"{shown}written twice (first on line {first}); keep one of the two")
        self._check_text(key, line)
        self.lines.setdefault(path, line)
        parent.key = key

    def _place(self, parent: _Open | None, value: Any, line: int) -> KeyPath:
        if parent is None:
            self.root = value
            return ()
        if isinstance(parent.value, dict):
            path: KeyPath = (*parent.path, parent.key or "")
            parent.value[parent.key] = value
            parent.key = None
        else:
            path = (*parent.path, len(parent.value))
            parent.value.append(value)
            self.lines[path] = line
        return path

    def _scalar(self, event: Any, line: int) -> Any:
        self._check_text(event.value, line)
        return _plain(event.value) if event.implicit[0] else event.value

    def _check_text(self, text: str, line: int) -> None:
        if _SURROGATE.search(text):
            self._note(f"{self._name}:{line}: half of a surrogate pair; write the character itself")

    def _note(self, problem: str) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            raise YamlError(self.problems)

    def _refuse(self, line: int, what: str) -> None:
        raise YamlError([*self.problems, f"{self._name}:{line}: {what}"])


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
