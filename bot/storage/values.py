"""Turns what is remembered into values that SQLite keeps, and back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def bound(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` as SQLite keeps them. Raises `ValueError` for a time without a time zone."""
    return {name: _stored(value) for name, value in values.items()}


def _stored(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(UTC).isoformat()
    return value


def restored(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its times and truth values as Python has them."""
    values = dict(row)
    if "at" in values:
        values["at"] = datetime.fromisoformat(values["at"])
    for name in ("correct", "ok"):
        if name in values:
            values[name] = bool(values[name])
    return values
