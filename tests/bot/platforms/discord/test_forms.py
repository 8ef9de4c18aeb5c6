"""The tutor's forms as modals, and modals read back from raw data."""

from typing import Any

import pytest

from bot.locales import load_catalogues
from bot.platforms.discord.forms import modal_of, values_of
from bot.tutor.reply import Form, FormField, Ref

SAY = load_catalogues().in_locale("en")


def shown(form: Form) -> dict[str, Any]:
    modal = modal_of(form, SAY)
    assert modal is not None
    return dict(modal.to_dict())


async def test_a_form_is_filled_and_says_what_it_means() -> None:
    code = FormField("code", "Code", "x = 1", multiline=True)
    payload = shown(Form("Edit", Ref("edit", ("tensors-101", "s", "shape", "en")), (code,)))
    assert payload["custom_id"] == "t1:edit:tensors-101:s:shape:en"
    (label,) = payload["components"]
    assert label["label"] == "Code"
    assert label["component"]["value"] == "x = 1"
    assert label["component"]["style"] == 2


async def test_what_is_too_long_is_cut_at_a_line_and_said() -> None:
    code = "\n".join(f"line_{n} = {n}" for n in range(1000))
    payload = shown(Form("T" * 90, Ref("compose", ("en",)), (FormField("code", "C" * 60, code),)))
    (label,) = payload["components"]
    value = label["component"]["value"]
    assert code.startswith(value)
    assert code[len(value)] == "\n"
    assert "missing" in label["description"]
    assert len(payload["title"]) == len(label["label"]) == 45


async def test_a_form_whose_meaning_has_no_room_is_none() -> None:
    assert modal_of(Form("T", Ref("edit", ("x" * 120,)), (FormField("a", "A"),)), SAY) is None


async def test_five_fields_are_shown_at_most() -> None:
    fields = tuple(FormField(str(n), str(n)) for n in range(9))
    assert len(shown(Form("T", Ref("compose", ("en",)), fields))["components"]) == 5


def test_values_are_read_from_labels_and_from_rows() -> None:
    text = {"type": 4, "custom_id": "code", "value": "x"}
    assert values_of({"components": [{"type": 18, "component": text}]}) == {"code": "x"}
    assert values_of({"components": [{"type": 1, "components": [text]}]}) == {"code": "x"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"components": "no"},
        {"components": [None, 3, {"type": 18}]},
        {"components": [{"type": 18, "component": {"type": 4, "custom_id": 3, "value": "x"}}]},
        {"components": [{"type": 1, "components": [{"type": 4, "custom_id": "a"}]}]},
    ],
)
def test_whatever_else_comes_back_is_nothing(data: dict[str, Any]) -> None:
    assert values_of(data) == {}
