"""Writes what a button means into the 100 characters that Discord carries back, and reads it again.

t1:verb:arg:arg      a `~` begins an escape: `~-` is ~, `~.` is :, `~_` a space, `~1f600;` any other
t1:verb:arg~@3       the fourth option of a question, so that a reaction can find it
t1:verb:arg~+1       another control of the same message that means the same
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.platforms.discord.limits import CUSTOM_ID, units
from bot.tutor.reply import Ref

_PREFIX = "t1:"
"""The format; another one gets another number, so that old buttons are known for what they are."""

_PICK = "t1~pick:"
_ESCAPES = {"~": "~-", ":": "~.", " ": "~_"}
_PLAIN = {escape: char for char, escape in _ESCAPES.items()}
_ESCAPED = re.compile(r"~(?:[-._]|(?P<code>[0-9a-f]{1,6});)")
_PLAIN_TEXT = re.compile(r"[!-9;-}]*")
_SUFFIX = re.compile(r"~[@+][0-9]{1,2}\Z")
_LETTERED = re.compile(r"~@(?P<number>[0-9]{1,2})\Z")
SUFFIX_UNITS = 4
_BUTTON = 2
MOST_CHOSEN = 25
MOST_CONTROLS = 200


def custom_id(ref: Ref) -> str | None:
    """Return `ref` as a custom id, None where it does not fit one.

    >>> custom_id(Ref("go", ("tensors-101", "s", "shape")))
    't1:go:tensors-101:s:shape'
    """
    if not ref.verb or sum(map(len, ref.args)) > CUSTOM_ID:
        return None
    text = spelled(ref)
    return text if units(text) <= CUSTOM_ID else None


def spelled(ref: Ref) -> str:
    """Return `ref` as it is written, however long."""
    return _PREFIX + ":".join(_escaped(part) for part in (ref.verb, *ref.args))


def ref_of(text: str) -> Ref | None:
    """Return what a custom id means; None for what `custom_id` never writes, however it came here.

    >>> ref_of("t1:go:tensors-101:s:shape~@2")
    Ref(verb='go', args=('tensors-101', 's', 'shape'))
    """
    if len(text) > CUSTOM_ID or not text.startswith(_PREFIX):
        return None
    body = _SUFFIX.sub("", text)
    try:
        verb, *args = map(_unescaped, body.removeprefix(_PREFIX).split(":"))
    except ValueError:
        return None
    ref = Ref(verb, tuple(args))
    return ref if custom_id(ref) == body else None


def as_option(custom_id: str, number: int) -> str | None:
    """Return `custom_id` marked as the `number`-th option of a question, from 0."""
    return _with(custom_id, f"~@{number}")


def as_another(custom_id: str, number: int) -> str | None:
    """Return `custom_id` in a way that no other control of a message has it."""
    return _with(custom_id, f"~+{number}")


def _with(custom_id: str, suffix: str) -> str | None:
    text = _SUFFIX.sub("", custom_id) + suffix
    return text if units(text) <= CUSTOM_ID and len(suffix) <= SUFFIX_UNITS else None


def pick_id(number: int) -> str:
    """Return the custom id of the `number`-th select of a message; its values say what it means."""
    return f"{_PICK}{number}"


def chosen(values: Iterable[str]) -> Ref | None:
    """Return what the options picked in a select mean together, as `Choice` says; None of nothing."""
    refs = [ref_of(value) for value in list(values)[:MOST_CHOSEN]]
    first = refs[0] if refs else None
    if first is None:
        return None
    last: list[str] = []
    for ref in refs[1:]:
        if ref is None or (ref.verb, ref.args[:-1]) != (first.verb, first.args[:-1]):
            return None
        last += ref.args[-1:]
    further = (arg for arg in dict.fromkeys(last) if (arg,) != first.args[-1:])
    return Ref(first.verb, (*first.args, *further))


def lettered(components: Sequence[Any]) -> tuple[Ref, ...]:
    """Return the options of a question by their letters, from the rows of the sent message alone."""
    found: dict[int, Ref] = {}
    for control in _controls(components):
        written = control.get("custom_id")
        if control.get("type") != _BUTTON or not isinstance(written, str):
            continue
        number, ref = _LETTERED.search(written), ref_of(written)
        if number and ref:
            found.setdefault(int(number["number"]), ref)
    return tuple(found[number] for number in sorted(found)) if _has_no_gap(found) else ()


def _has_no_gap(found: Mapping[int, Ref]) -> bool:
    return all(number in found for number in range(len(found)))


def _controls(components: Sequence[Any]) -> list[Mapping[str, Any]]:
    """Return the controls in rows of raw components, whatever these are."""
    rows = [row.get("components") for row in components if isinstance(row, Mapping)]
    controls = [one for row in rows if isinstance(row, list | tuple) for one in row]
    return [one for one in controls if isinstance(one, Mapping)][:MOST_CONTROLS]


def _escaped(text: str) -> str:
    return text if _PLAIN_TEXT.fullmatch(text) else "".join(map(_escape, text))


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if char.isprintable() else f"~{ord(char):x};"


def _unescaped(text: str) -> str:
    """Raises ValueError for what is no character."""
    if "~" in _ESCAPED.sub("", text):
        raise ValueError("a ~ that begins no escape")
    return _ESCAPED.sub(_unescape, text)


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found["code"], 16)) if found["code"] else _PLAIN[found[0]]
