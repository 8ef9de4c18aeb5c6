"""The terms that all parts of a lesson are written in: ids, names, texts in several languages."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

SOURCE = ""
"""Key of a text that was written once, for all languages."""

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""Stable id: lower-case words joined by hyphens. Records refer to it, so it never changes."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]
"""A Python variable."""

Source = Annotated[str, Field(min_length=1, max_length=4000)]
"""Python source."""

Points = Annotated[float, Field(ge=0, le=100)]


class Part(BaseModel):
    """Base of all lesson models: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def kind_of(value: Any, by_key: dict[str, str]) -> str | None:
    """Name the model that `value` is written as, by the one key that only this model has."""
    if isinstance(value, Part):
        return type(value).__name__
    if isinstance(value, dict):
        return next((kind for key, kind in by_key.items() if key in value), None)
    return None


def _one_text_for_all(value: Any) -> Any:
    if isinstance(value, str):
        return {"by_locale": {SOURCE: value}}
    if isinstance(value, dict) and "by_locale" not in value:
        return {"by_locale": value}
    return value


class LocalText(Part):
    """What `Text` validates into: the same words in each language."""

    by_locale: dict[str, Annotated[str, Field(min_length=1)]] = Field(min_length=1)

    def in_(self, locale: str) -> str:
        """Return the text in `locale`, else in the first language it is written in."""
        return self.by_locale.get(locale) or next(iter(self.by_locale.values()))


Text = Annotated[
    LocalText,
    BeforeValidator(_one_text_for_all, json_schema_input_type=str | dict[str, str]),
]
"""A string for every language, or `{locale: string}` whose first entry is the fallback."""
