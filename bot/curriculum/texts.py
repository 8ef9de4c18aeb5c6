"""Finds every text of a lesson, with the keys that lead to it, and rewrites them all at once."""

from collections.abc import Callable, Iterator
from typing import Any

from bot.tutor.lesson import Lesson, LocalText, Part
from bot.yaml_source import KeyPath


def texts_of(part: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, LocalText]]:
    """Yield each text in `part` with its place in the lesson file."""
    match part:
        case LocalText():
            yield path, part
        case Part():
            for name, field in type(part).model_fields.items():
                yield from texts_of(getattr(part, name), (*path, field.alias or name))
        case tuple():
            for index, item in enumerate(part):
                yield from texts_of(item, (*path, index))
        case dict():
            for key, item in part.items():
                yield from texts_of(item, (*path, key))
        case _:
            pass


def with_texts(lesson: Lesson, change: Callable[[str], str]) -> Lesson:
    """Return the lesson with `change` applied to every text in every language."""
    changed: Lesson = _rewritten(lesson, change)
    return changed


def _rewritten(part: Any, change: Callable[[str], str]) -> Any:
    match part:
        case LocalText():
            changed = {locale: change(text) or text for locale, text in part.by_locale.items()}
            return LocalText(by_locale=changed)
        case Part():
            names = type(part).model_fields
            return part.model_copy(
                update={name: _rewritten(getattr(part, name), change) for name in names}
            )
        case tuple():
            return tuple(_rewritten(item, change) for item in part)
        case dict():
            return {key: _rewritten(item, change) for key, item in part.items()}
        case _:
            return part
