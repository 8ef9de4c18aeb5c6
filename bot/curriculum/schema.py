"""Describes lesson files as a JSON Schema, so that editors complete keys and mark mistakes."""

from typing import Any

from bot.tutor.lesson import Lesson


def lesson_schema() -> dict[str, Any]:
    """Return the JSON Schema of `lesson.yaml`."""
    schema = Lesson.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Tensor Tutor lesson",
    }
