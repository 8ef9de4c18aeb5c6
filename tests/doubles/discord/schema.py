"""Checks request bodies against Discord's own OpenAPI document, where that is at hand."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

_DOCUMENT = Path(__file__).resolve().parents[4] / "shared" / "specs" / "openapi.json"

Check = Callable[[Any, str], list[str]]
"""Takes a value and where it stands, and returns what is wrong with it."""

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_SNOWFLAKE = "#/components/schemas/SnowflakeType"


def problems(method: str, path: str, body: Any) -> list[str]:
    """Return what is wrong with the body of a request; nothing where nobody says what it should be."""
    document = _document()
    if document is None:
        return []
    check = document.check(method, path)
    return [] if check is None else check(body, "")


@cache
def _document() -> "_Document | None":
    return _Document(json.loads(_DOCUMENT.read_bytes())) if _DOCUMENT.is_file() else None


class _Document:
    """The document, its schemas compiled into functions as they are needed."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._compiled: dict[str, Check] = {}
        self._bodies: dict[tuple[str, str], Check | None] = {}
        self._paths = {_nameless(path): entry for path, entry in spec["paths"].items()}

    def check(self, method: str, path: str) -> Check | None:
        key = (method, path)
        if key not in self._bodies:
            operation = self._paths.get(_nameless(path), {}).get(method.lower(), {})
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            self._bodies[key] = None if schema is None else self._compile(schema)
        return self._bodies[key]

    def _compile(self, schema: dict[str, Any]) -> Check:
        if "$ref" in schema:
            return self._referred(schema["$ref"])
        checks = [
            make(self, schema[word], schema) for word, make in _WORDS.items() if word in schema
        ]

        def check(value: Any, where: str) -> list[str]:
            for one in checks:
                if found := one(value, where):
                    return found
            return []

        return check

    def _referred(self, name: str) -> Check:
        if name == _SNOWFLAKE:
            return _snowflake

        def check(value: Any, where: str) -> list[str]:
            if name not in self._compiled:
                self._compiled[name] = self._compile(self._schema(name))
            return self._compiled[name](value, where)

        return check

    def _schema(self, name: str) -> dict[str, Any]:
        found = self._spec
        for step in name.removeprefix("#/").split("/"):
            found = found[step]
        return found

    def any_of(self, schemas: list[dict[str, Any]], _whole: Any) -> Check:
        checks = [self._compile(one) for one in schemas]

        def check(value: Any, where: str) -> list[str]:
            nearest: list[str] = []
            for one in checks:
                found = one(value, where)
                if not found:
                    return []
                if not nearest or len(found[0].split(":")[0]) > len(nearest[0].split(":")[0]):
                    nearest = found
            return nearest

        return check

    def all_of(self, schemas: list[dict[str, Any]], _whole: Any) -> Check:
        checks = [self._compile(one) for one in schemas]
        return lambda value, where: [each for one in checks for each in one(value, where)]

    def properties(self, named: dict[str, Any], _whole: Any) -> Check:
        checks = {name: self._compile(one) for name, one in named.items()}

        def check(value: Any, where: str) -> list[str]:
            if not isinstance(value, dict):
                return []
            found: list[str] = []
            for name, one in value.items():
                if name in checks:
                    found.extend(checks[name](one, f"{where}.{name}"))
            return found

        return check

    def items(self, schema: dict[str, Any], _whole: Any) -> Check:
        one = self._compile(schema)

        def check(value: Any, where: str) -> list[str]:
            if not isinstance(value, list):
                return []
            return [each for n, item in enumerate(value) for each in one(item, f"{where}[{n}]")]

        return check


def _nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _snowflake(value: Any, where: str) -> list[str]:
    """Accept a number too, as Discord does."""
    fine = str(value).isdecimal() and not isinstance(value, bool)
    return [] if fine else [f"{where}: {value!r} is no id"]


def _type(_document: _Document, wanted: str | list[str], _whole: Any) -> Check:
    names = [wanted] if isinstance(wanted, str) else wanted
    accepted = tuple(one for name in names for one in _TYPES[name])

    def check(value: Any, where: str) -> list[str]:
        wrong = isinstance(value, bool) and bool not in accepted
        if isinstance(value, accepted) and not wrong:
            return []
        return [f"{where}: {value!r:.60} should be {' or '.join(names)}"]

    return check


def _enum(_document: _Document, values: list[Any], _whole: Any) -> Check:
    return lambda value, where: [] if value in values else [f"{where}: {value!r:.60} is unknown"]


def _const(_document: _Document, wanted: Any, _whole: Any) -> Check:
    return lambda value, where: [] if value == wanted else [f"{where}: {value!r:.60} != {wanted}"]


def _required(_document: _Document, names: list[str], _whole: Any) -> Check:
    def check(value: Any, where: str) -> list[str]:
        if not isinstance(value, dict):
            return []
        return [f"{where}.{name}: missing" for name in names if name not in value]

    return check


def _length(least: bool, kind: type[Any]) -> Callable[[_Document, int, Any], Check]:
    def make(_document: _Document, limit: int, _whole: Any) -> Check:
        def check(value: Any, where: str) -> list[str]:
            if not isinstance(value, kind):
                return []
            size = len(value)
            wrong = size < limit if least else size > limit
            return [f"{where}: length {size}, limit {limit}"] if wrong else []

        return check

    return make


def _bound(least: bool) -> Callable[[_Document, int, Any], Check]:
    def make(_document: _Document, limit: int, _whole: Any) -> Check:
        def check(value: Any, where: str) -> list[str]:
            if not isinstance(value, int | float):
                return []
            wrong = value < limit if least else value > limit
            return [f"{where}: {value}, limit {limit}"] if wrong else []

        return check

    return make


_WORDS: dict[str, Callable[[_Document, Any, Any], Check]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "minLength": _length(True, str),
    "maxLength": _length(False, str),
    "minItems": _length(True, list),
    "maxItems": _length(False, list),
    "minProperties": _length(True, dict),
    "maxProperties": _length(False, dict),
    "minimum": _bound(True),
    "maximum": _bound(False),
    "properties": _Document.properties,
    "items": _Document.items,
    "allOf": _Document.all_of,
    "anyOf": _Document.any_of,
    "oneOf": _Document.any_of,
}
