from bot.platforms.console.filling import Filling
from bot.tutor.fences import Code, Typed
from bot.tutor.reply import Form, FormField, Ref

REF = Ref("type", ("lesson", "1", "q2"))


def form(*fields: FormField) -> Filling:
    return Filling(Form("Answer", REF, fields))


def test_one_line_fills_one_field_after_the_other() -> None:
    filling = form(FormField("a", "A number"), FormField("b", "Why"))
    assert filling.take(Typed(" 12 "))
    assert filling.field == FormField("b", "Why")
    assert filling.take(Typed("because"))
    assert filling.field is None
    assert filling.values == {"a": "12", "b": "because"}


def test_a_required_field_asks_again_for_nothing() -> None:
    filling = form(FormField("a", "A number"))
    assert not filling.take(Typed("  "))
    assert filling.field is not None


def test_an_empty_line_takes_what_was_there_or_nothing_if_that_is_allowed() -> None:
    filling = form(FormField("a", "A", value="5"), FormField("b", "B", required=False))
    assert filling.take(Typed(""))
    assert filling.take(Typed(""))
    assert filling.values == {"a": "5", "b": ""}


def test_a_field_of_several_lines_ends_with_a_full_stop_alone() -> None:
    filling = form(FormField("out", "Output", multiline=True))
    for line in ("tensor([1.,", "", "        2.])", "."):
        assert filling.take(Typed(line))
    assert filling.values == {"out": "tensor([1.,\n\n        2.])"}


def test_a_fenced_block_fills_a_field_of_several_lines_at_once() -> None:
    filling = form(FormField("out", "Output", multiline=True))
    assert filling.take(Code("x = 1\n.\ny"))
    assert filling.values == {"out": "x = 1\n.\ny"}
