import math

import pytest

from bot.tutor.inspector.choosing import after_run
from bot.tutor.inspector.text import MOST_LINE, Shown, everything, text_of
from bot.tutor.inspector.words import human_bytes
from sandbox.inspection import (
    Change,
    Gradient,
    ModuleReport,
    ModuleRow,
    OptimizerReport,
    Sharing,
    TensorReport,
    Was,
)
from tests.bot.tutor.inspector.reports import ENGLISH, KOREAN, seen
from tests.doubles.fake_runner import tensor


def text(*reports: TensorReport, **more: object) -> str:
    return text_of(ENGLISH, everything(seen(*reports, **more)))


def old(name: str = "x", **more: object) -> TensorReport:
    return tensor(name, **{"change": "unchanged", **more})


def test_a_tensor_takes_two_lines_and_the_first_says_what_became_of_it() -> None:
    report = tensor(
        "W",
        shape=(3, 5),
        bytes=60,
        requires_grad=True,
        min=-0.9213,
        mean=0.0123456,
        max=1.79,
        nan=2,
        contiguous=False,
    )
    assert text(report) == (
        "W  new · [3, 5] float32 · cpu · 60 B\n"
        "   min -0.9213  mean 0.01235  max 1.79 · 2 NaN · not contiguous · requires_grad, a leaf"
    )


@pytest.mark.parametrize(
    ("change", "writes", "words"),
    [
        ("new", 0, "x  new · ["),
        ("rebound", 0, "x  rebound to another object · ["),
        ("in_place", 1, "x  changed in place · ["),
        ("in_place", 3, "x  changed in place ×3 · ["),
        ("unchanged", 0, "x  ["),
    ],
)
def test_every_change_has_words_of_its_own(change: Change, writes: int, words: str) -> None:
    assert text(tensor("x", change=change, writes=writes)).startswith(words)


def test_what_is_different_is_told_as_before_and_after() -> None:
    report = tensor("x", change="rebound", was=Was((6,), "int64", "cuda:0", True))
    assert "shape [6] → [2, 3] · dtype int64 → float32 · device cuda:0" in text(report)
    assert "requires_grad True → False" in text(old(was=Was(requires_grad=True)))


@pytest.mark.parametrize(
    ("change", "words", "norm"),
    [
        ("appeared", "gradient appeared", True),
        ("changed", "gradient changed", True),
        ("zeroed", "gradient zeroed", False),
        ("gone", "gradient gone", False),
        ("unchanged", "x  [2, 3]", True),
    ],
)
def test_news_of_the_gradient_are_told(change: str, words: str, norm: bool) -> None:
    shown = text(old(gradient=Gradient(change, 0.293)))  # type: ignore[arg-type]
    assert words in shown
    assert ("gradient norm 0.293" in shown) is norm


def test_small_values_stand_in_the_place_of_their_statistics() -> None:
    assert text(tensor(values="[[1., 2.],\n [3., 4.]]", min=1.0)).endswith(
        "\n   [[1., 2.], [3., 4.]]"
    )
    assert "min 1" in text(tensor(values="9" * 90, min=1.0))
    assert "min 1" in text(tensor(values="9" * 80, min=1.0, nan=1, contiguous=False))


def test_what_a_sample_says_is_marked_as_such() -> None:
    shown = text(tensor(min=0.0, max=1.0, nan=0, approximate=True))
    assert "min ≈0  max ≈1 · no NaN in the sample" in shown
    assert "2 NaN in the sample" in text(tensor(nan=2, approximate=True))
    assert "NaN" not in text(tensor(nan=0))


def test_numbers_that_are_none_are_not_shown() -> None:
    assert text(tensor(min=-math.inf, mean=math.nan, max=math.inf)).count("\n") == 0


def test_sharing_is_told_once_for_both_and_says_where_a_write_shows() -> None:
    pair = (
        tensor("x", shares_with=(Sharing("y", writes_show=True),)),
        tensor("y", shares_with=(Sharing("x", writes_show=True),)),
    )
    shown = text(*pair)
    assert shown.endswith("\nx shares memory with y: a write to one shows in the other.")
    assert shown.count("shares") == 1
    apart = text(tensor("x", shares_with=(Sharing("y", writes_show=False),)))
    assert apart.endswith("x shares storage with y, but no elements.")
    assert "x shares memory with y." in text(tensor("x", shares_with=(Sharing("y", None),)))


def test_two_names_of_one_object_are_told_once() -> None:
    shown = text(tensor("x", same_as=("y",)), tensor("y", same_as=("x",)))
    assert shown.endswith("\nx and y are the same object.")
    assert shown.count("same object") == 1


def test_no_line_is_longer_than_a_phone_can_take() -> None:
    long = tensor(
        "n" * 60,
        shape=(2**40,) * 20,
        grad_fn="G" * 60,
        change="in_place",
        writes=1000,
        was=Was((2**40,) * 20, "float64", "cuda:0", True),
        min=-1.23456e-30,
        mean=1.23456e-30,
        max=1.23456e30,
        nan=100,
        inf=100,
        gradient=Gradient("appeared", 1e-9),
        contiguous=False,
        shares_with=tuple(Sharing("m" * 60 + str(n), writes_show=True) for n in range(8)),
    )
    for say in (ENGLISH, KOREAN):
        shown = text_of(say, everything(seen(long, deleted=("d" * 60,) * 20)))
        assert max(map(len, shown.split("\n"))) <= MOST_LINE
        assert "…" in shown


def test_a_model_takes_two_lines_and_a_line_for_each_child() -> None:
    rows = tuple(ModuleRow(str(n), "Linear", 10_000 + n) for n in range(10))
    model = ModuleReport("net", "Sequential", 100_045, 50_000, 400_180, True, rows, more_rows=2)
    lines = text(modules=(model,)).split("\n")
    assert lines[:3] == [
        "net  new · Sequential",
        "   100,045 parameters · 50,000 trainable · 391 KiB · in training mode",
        "   0: Linear · 10,000",
    ]
    assert len(lines) == 2 + 8 + 1
    assert lines[-1] == "   … 4 more"


def test_an_optimiser_says_how_fast_and_how_much_it_moves() -> None:
    adam = OptimizerReport("opt", "Adam", (0.001, 0.01), 4, 2048, "in_place")
    assert text(optimizers=(adam,)) == (
        "opt  changed in place · Adam\n   learning rate 0.001, 0.01 · moves 4 tensors · state 2 KiB"
    )


def test_what_is_left_out_and_what_is_gone_is_told() -> None:
    after = after_run(seen(*map(tensor, "abcdefgh"), omitted=2, deleted=("old", "older")), "")
    lines = text_of(ENGLISH, after).split("\n")
    assert lines[-2:] == ["deleted: old, older", "+4 more: All tensors"]


def test_korean_words_stand_before_the_signs_too() -> None:
    shown = text_of(KOREAN, everything(seen(tensor("x", change="in_place", writes=2))))
    assert shown.startswith("x  제자리에서 바뀜 ×2 · [2, 3] float32")


# What is worth showing --------------------------------------------------------------------------


def names(shown: Shown) -> list[str]:
    return [one.name for one in shown.tensors]


def test_what_changed_comes_first_and_what_the_code_only_names_last() -> None:
    found = seen(old("named"), tensor("made"), old("idle"), tensor("both"))
    assert names(after_run(found, "print(named, both)")) == ["both", "made", "named"]
    assert after_run(found, "").more == 2


def test_what_did_not_change_is_not_shown() -> None:
    assert after_run(seen(old("x")), "1 + 1").is_empty


def test_a_gradient_is_a_change() -> None:
    found = seen(old("w", gradient=Gradient("zeroed", 0.0)))
    assert names(after_run(found, "opt.zero_grad()")) == ["w"]


def test_elements_belong_to_the_name_that_leads_to_them() -> None:
    found = seen(old("batch['image']"), old("other[0]"))
    assert names(after_run(found, "batch")) == ["batch['image']"]


def test_what_a_section_lists_stands_alone_in_its_order() -> None:
    found = seen(tensor("a"), old("b"), tensor("c"))
    assert names(after_run(found, "", ["b", "a", "gone"])) == ["b", "a"]
    assert names(after_run(found, "", ["gone"])) == ["a", "c"]


def test_a_model_that_did_not_change_is_shown_only_if_the_code_names_it() -> None:
    model = ModuleReport("net", "Linear", 6, 6, 24, False, (), change="unchanged")
    found = seen(modules=(model,))
    assert after_run(found, "x = 1").is_empty
    assert [one.name for one in after_run(found, "net(x)").modules] == ["net"]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (2**27, "128 MiB"),
        (2**62, "4.19e+06 TiB"),
        (-5, "0 B"),
    ],
)
def test_bytes_are_written_for_people(count: int, words: str) -> None:
    assert human_bytes(count) == words
