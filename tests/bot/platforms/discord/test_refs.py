"""What a button means survives the way through Discord, and nothing else is taken for it."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.discord.refs import (
    as_another,
    as_option,
    chosen,
    custom_id,
    lettered,
    pick_id,
    ref_of,
)
from bot.tutor.reply import Ref

texts = st.text(max_size=30)
refs = st.builds(Ref, st.text(min_size=1, max_size=12), st.lists(texts, max_size=5).map(tuple))
awkward = st.text("t1:~@+-._0af; \n\ud800ㄱ🇦", max_size=40).map(lambda text: f"t1:{text}")


@given(refs)
def test_a_ref_comes_back_as_it_was_or_is_not_sent(ref: Ref) -> None:
    written = custom_id(ref)
    assert written is None or (ref_of(written) == ref and 1 <= len(written) <= 100)


@given(refs)
def test_what_is_written_has_no_space_that_could_be_trimmed_and_is_utf_8(ref: Ref) -> None:
    written = custom_id(ref)
    assert written is None or (written.encode() and written == "".join(written.split()))


@given(st.text() | awkward)
def test_anything_may_come_back_and_only_one_spelling_means_a_ref(text: str) -> None:
    ref = ref_of(text)
    if ref is not None:
        written = custom_id(ref)
        assert written is not None
        assert text.startswith(written)
        assert len(text) - len(written) in (0, 3, 4)


def test_the_usual_refs_read_well() -> None:
    assert custom_id(Ref("learn")) == "t1:learn"
    assert custom_id(Ref("go", ("tensors-101", "s", "shape"))) == "t1:go:tensors-101:s:shape"
    assert custom_id(Ref("inspect", ("a:b", "c ~"))) == "t1:inspect:a~.b:c~_~-"


def test_a_ref_that_is_too_long_is_left_out() -> None:
    assert custom_id(Ref("go", ("x" * 94,))) == "t1:go:" + "x" * 94
    assert custom_id(Ref("go", ("x" * 95,))) is None
    assert custom_id(Ref("go", ("🇦" * 50,))) is None


def test_a_ref_without_a_verb_is_none() -> None:
    assert custom_id(Ref("")) is None
    assert ref_of("t1:") is None


def test_other_formats_are_not_ours() -> None:
    for text in ("", "t1", "t2:learn", "learn", "t1~pick:0", "t1:a~zz", "t1:a~61;", "t1:a~ffffff;"):
        assert ref_of(text) is None


@given(refs, st.integers(0, 24))
def test_marked_controls_mean_the_same(ref: Ref, number: int) -> None:
    written = custom_id(ref)
    if written is None:
        return
    for marked in (as_option(written, number), as_another(written, number)):
        assert marked is None or (ref_of(marked) == ref and marked != written)
    option = as_option(written, number)
    if option is not None:
        again = as_another(option, number)
        assert again is None or ref_of(again) == ref


def test_selects_are_told_apart_by_number() -> None:
    assert pick_id(0) != pick_id(1)
    assert ref_of(pick_id(0)) is None


def option(*args: str) -> str:
    written = custom_id(Ref("answer", args))
    assert written is not None
    return written


def test_several_options_are_one_ref() -> None:
    values = [option("l", "1", "q", one) for one in ("b", "a", "c", "a", "b")]
    assert chosen(values) == Ref("answer", ("l", "1", "q", "b", "a", "c"))
    assert chosen(values[:1]) == Ref("answer", ("l", "1", "q", "b"))


def test_options_that_do_not_belong_together_are_none() -> None:
    assert chosen([]) is None
    assert chosen(["what"]) is None
    assert chosen([option("l", "1", "q", "a"), "what"]) is None
    assert chosen([option("l", "1", "q", "a"), option("l", "1", "p", "b")]) is None


def row(*controls: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": 1, "components": list(controls)}


def button(ref: Ref, number: int | None = None) -> Mapping[str, Any]:
    written = custom_id(ref)
    assert written is not None
    marked = written if number is None else as_option(written, number)
    return {"type": 2, "style": 2, "label": "x", "custom_id": marked}


def test_the_options_of_a_question_are_found_in_order_in_the_message() -> None:
    first, second, third = (Ref("answer", ("l", "1", "q", one)) for one in "xyz")
    rows = [
        row(button(second, 1), button(first, 0)),
        row(button(third, 2), button(Ref("hint"))),
        row({"type": 3, "custom_id": pick_id(0)}),
    ]
    assert lettered(rows) == (first, second, third)


def test_a_message_with_a_letter_missing_answers_to_none() -> None:
    assert lettered([row(button(Ref("answer", ("l",)), 1))]) == ()


nonsense = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.just("t1:a~@0"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "components", "custom_id", "x"]), inner)
    ),
    max_leaves=10,
)


@given(st.lists(nonsense, max_size=3))
def test_nonsense_in_the_place_of_components_is_no_question(components: list[Any]) -> None:
    assert isinstance(lettered(components), tuple)
