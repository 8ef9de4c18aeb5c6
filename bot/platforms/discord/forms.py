"""Shows the tutor's forms as Discord's modals, and reads what was written into them."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bot.platforms.discord.limits import cut, units
from bot.platforms.discord.refs import custom_id
from bot.tutor.ports import Wording
from bot.tutor.reply import Form, FormField

TITLE = 45
LABEL = 45
DESCRIPTION = 100
FIELDS = 5
VALUE = 4000
FIELD_ID = 100
PATIENCE = 60.0
"""Seconds for which the library remembers a modal; an answer that comes later is read all the same."""

_LABEL, _TEXT = 18, 4


def modal_of(form: Form, say: Wording) -> discord.ui.Modal | None:
    """Return `form` as a modal; None if what it means does not fit Discord's space for that."""
    ref = custom_id(form.ref)
    if ref is None:
        return None
    modal = discord.ui.Modal(title=cut(form.title, TITLE) or "…", timeout=PATIENCE, custom_id=ref)
    for field in form.fields[:FIELDS]:
        modal.add_item(_shown(field, say))
    return modal


def _shown(field: FormField, say: Wording) -> discord.ui.Label[Any]:
    style = discord.TextStyle.paragraph if field.multiline else discord.TextStyle.short
    written = field.value
    description = field.label if units(field.label) > LABEL else ""
    if units(written) > VALUE:
        written = _whole_lines(written)
        description = say("It was too long for this form: what follows after this is missing.")
    text: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=field.id[:FIELD_ID],
        style=style,
        default=written or None,
        required=field.required,
        max_length=VALUE,
    )
    return discord.ui.Label(
        text=cut(field.label, LABEL) or "…",
        description=cut(description, DESCRIPTION) or None,
        component=text,
    )


def _whole_lines(text: str) -> str:
    """Return as many whole lines of `text` as fit, or what fits of a single one."""
    kept = text[:VALUE]
    while units(kept) > VALUE:
        kept = kept[:-1]
    return kept.rpartition("\n")[0] or kept


def values_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what was written into a modal, by field id, from the interaction's data alone."""
    found: dict[str, str] = {}
    for row in _listed(data.get("components")):
        inner = row.get("component") if row.get("type") == _LABEL else None
        for item in [inner] if isinstance(inner, Mapping) else _listed(row.get("components")):
            field, value = item.get("custom_id"), item.get("value")
            if item.get("type") == _TEXT and isinstance(field, str) and isinstance(value, str):
                found[field] = value
    return found


def _listed(value: object) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    return [one for one in value[:FIELDS] if isinstance(one, Mapping)]
