"""Turns what pydantic found wrong with a document into one line a mistake, in plain words."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from bot.yaml_source.document import Document, KeyPath

_LONGEST_SHOWN = 60

_EXPECTED = {
    "string_type": "text",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "list_type": "a list",
    "tuple_type": "a list",
    "frozen_set_type": "a list",
    "set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "path_type": "text",
}

_LIMITS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "string_too_short": lambda ctx: f"is too short; write at least {ctx['min_length']} characters",
    "string_too_long": lambda ctx: f"is too long; write at most {ctx['max_length']} characters",
    "string_pattern_mismatch": lambda ctx: f"does not fit; write it in the form `{ctx['pattern']}`",
    "too_short": lambda ctx: f"has too few entries; write at least {ctx['min_length']}",
    "too_long": lambda ctx: f"has too many entries; write at most {ctx['max_length']}",
    "greater_than_equal": lambda ctx: f"is too small; write at least {ctx['ge']:.15g}",
    "greater_than": lambda ctx: f"is too small; write more than {ctx['gt']:.15g}",
    "less_than_equal": lambda ctx: f"is too big; write at most {ctx['le']:.15g}",
    "less_than": lambda ctx: f"is too big; write less than {ctx['lt']:.15g}",
    "literal_error": lambda ctx: f"is not one of the choices; write {ctx['expected']}",
}

_FIXES = {
    "text": "write text, in quotes if it looks like a number",
    "a list": "write a list: `[one, two]`",
    "a mapping": "write `key: value` lines, indented, below it",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """One pydantic error: the rest of its location, and the type that refused the value."""

    rest: tuple[str | int, ...]
    kind: str
    message: str
    context: Mapping[str, Any]

    def inside(self) -> "_Found":
        return _Found(self.rest[1:], self.kind, self.message, self.context)


def explain_validation(
    error: ValidationError, document: Document, model: type[BaseModel]
) -> list[str]:
    """Return `name:LINE: KEY: what is wrong; what to write` for each mistake, in order of lines.

    Of the many complaints about a value that fits no member of a union, only those of the member
    that it resembles most are kept.
    """
    found = [
        _Found(tuple(one["loc"]), one["type"], one["msg"], one.get("ctx", {}))
        for one in error.errors(include_url=False, include_input=False)
    ]
    lines: dict[str, int] = {}
    for path, sentence in _walk(model, (), document.data, found):
        lines.setdefault(document.problem(path, sentence), document.line_of(path))
    return sorted(lines, key=lambda line: lines[line])


def _walk(
    kind: Any, path: KeyPath, data: Any, found: Iterable[_Found]
) -> Iterator[tuple[KeyPath, str]]:
    kind = _bare(kind)
    groups: dict[str | int, list[_Found]] = {}
    for one in found:
        if one.rest == ("[key]",) and _child(data, "[key]") is _NOTHING:
            yield _located(one, path, path[-1])
        elif one.rest:
            groups.setdefault(one.rest[0], []).append(one)
        elif not _is_echo(one, data):
            yield _located(one, path, data)
    if groups and len(_members(kind)) > 1:
        yield from _walk_union(kind, path, data, groups)
        return
    for step, group in groups.items():
        yield from _walk_step(kind, path, data, step, group)


def _is_echo(one: _Found, data: Any) -> bool:
    # Entries that failed do not count for pydantic, so a full list can be "too short" as well.
    return one.kind == "too_short" and len(data) >= one.context["min_length"]


def _walk_union(
    kind: Any, path: KeyPath, data: Any, groups: Mapping[str | int, list[_Found]]
) -> Iterator[tuple[KeyPath, str]]:
    alone = [group[0] for group in groups.values() if len(group) == len(group[0].rest) == 1]
    if (
        len(groups) > 1
        and len(alone) == len(groups)
        and all(one.kind in _EXPECTED for one in alone)
    ):
        wanted = " or ".join(dict.fromkeys(_EXPECTED[one.kind] for one in alone))
        yield path, f"{_shown(data)} where {wanted} is needed; write that instead"
        return
    label, group = min(groups.items(), key=lambda item: len(item[1]))
    yield from _walk(_labelled(kind, label), path, data, [one.inside() for one in group])


def _walk_step(
    kind: Any, path: KeyPath, data: Any, step: str | int, group: list[_Found]
) -> Iterator[tuple[KeyPath, str]]:
    within = [one.inside() for one in group]
    inner = _child(data, step)
    if inner is _NOTHING:
        # Not a key of the document: one that is missing, or one that a validator put there.
        missing = [one for one in within if one.kind == "missing" and not one.rest]
        yield from ((path, f"`{step}` is missing; add it") for _ in missing)
        within = [one for one in within if one not in missing]
        yield from _walk(_inner_kind(kind, step), path, data, within)
    elif within[0].kind == "extra_forbidden" and not within[0].rest:
        yield (*path, step), f"unknown key; {_nearest(str(step), _keys(kind))}"
    else:
        yield from _walk(_inner_kind(kind, step), (*path, step), inner, within)


# Sentences --------------------------------------------------------------------------------------


def _located(one: _Found, path: KeyPath, data: Any) -> tuple[KeyPath, str]:
    context = one.context
    match one.kind:
        case "union_tag_not_found":
            return path, f"the key {context['discriminator']} is missing; add it"
        case "union_tag_invalid":
            key = context["discriminator"].strip("'")
            wrong = f"`{context['tag']}` is not one of the choices"
            return (*path, key), f"{wrong}; write {context['expected_tags']}"
        case "string_too_short" if data == "":
            return path, "is empty; write some text"
    if one.kind in _LIMITS:
        return path, f"{_shown(data)} {_LIMITS[one.kind](context)}"
    if one.kind in _EXPECTED:
        wanted = _EXPECTED[one.kind]
        fix = _FIXES.get(wanted, f"write {wanted}")
        if wanted == "a mapping" and isinstance(data, int | float):
            fix = "write it in quotes if it is text"
        return path, f"{_shown(data)} where {wanted} is needed; {fix}"
    return path, one.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _shown(data: Any) -> str:
    for kind, word in ((dict, "a mapping"), (list, "a list"), (type(None), "nothing")):
        if isinstance(data, kind):
            return word
    text = str(data).lower() if isinstance(data, bool) else str(data)
    return f"`{text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + '…'}`"


def _nearest(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"write one of {_listed(known)}" if known else "remove it"


def _listed(keys: list[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


# Types ------------------------------------------------------------------------------------------

_NOTHING = object()


def _child(data: Any, step: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(step, _NOTHING)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return _NOTHING


def _bare(kind: Any) -> Any:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    members = _members(kind)
    return _bare(members[0]) if len(members) == 1 and members[0] is not kind else kind


def _members(kind: Any) -> list[Any]:
    if get_origin(kind) in (Union, UnionType):
        return [member for member in get_args(kind) if member is not type(None)]
    return []


def _keys(kind: Any) -> list[str]:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _labelled(kind: Any, label: str | int) -> Any:
    for member in map(_bare, _members(kind)):
        if getattr(member, "__name__", None) == label or label in _tags(member):
            return member
    return Any


def _tags(member: Any) -> Iterator[Any]:
    if isinstance(member, type) and issubclass(member, BaseModel):
        for field in member.model_fields.values():
            if get_origin(field.annotation) is Literal:
                yield from get_args(field.annotation)


def _inner_kind(kind: Any, step: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if step in (name, field.alias):
                return field.annotation
        return Any
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    if get_origin(kind) is tuple and isinstance(step, int) and ... not in arguments:
        return arguments[step] if step < len(arguments) else Any
    return arguments[0] if arguments else Any
