import math

import pytest

from bot.locales.catalogues import load_catalogues
from bot.tutor.inspection_text import human_bytes, inspection_text, tensor_parts, worth_a_look
from sandbox.inspection import Inspection, Sharing
from tests.doubles.fake_runner import tensor, tensors

SAY = load_catalogues().in_locale("en")


def text(*reports: object) -> str:
    return inspection_text(SAY, Inspection(tensors=reports), 6)  # type: ignore[arg-type]


def test_a_tensor_takes_a_line_and_its_remarks_another() -> None:
    report = tensor(
        "W",
        shape=(3, 5),
        bytes=60,
        requires_grad=True,
        grad_fn="MulBackward0",
        min=-0.9213,
        mean=0.0123456,
        max=1.79,
        nan=2,
        contiguous=False,
        shares_with=(Sharing("x", None), Sharing("y", None)),
    )
    assert text(report) == (
        "W  [3, 5] float32 · cpu · 60 B\n"
        "   min -0.9213  mean 0.01235  max 1.79 · 2 NaN · requires_grad · grad_fn MulBackward0"
        " · not contiguous · shares memory with x, y"
    )


def test_small_values_are_shown_line_by_line() -> None:
    assert text(tensor(values="[[1., 2.],\n [3., 4.]]")).endswith("   [[1., 2.],\n    [3., 4.]]")


def test_sampled_statistics_say_so() -> None:
    assert "min ≈0  max ≈1" in text(tensor(min=0.0, max=1.0, approximate=True))


def test_numbers_that_are_none_are_written_as_they_are() -> None:
    shown = text(tensor(min=-math.inf, mean=math.nan, max=math.inf))
    assert "min -inf  mean nan  max inf" in shown


def test_more_tensors_than_fit_are_counted() -> None:
    shown = inspection_text(SAY, tensors(*"abcdefgh", omitted=2), 6)
    assert shown.endswith("+ 4 more tensors: see inspect")


def test_where_none_is_shown_all_are_counted_and_none_is_called_more() -> None:
    assert inspection_text(SAY, tensors("a", "b"), 6, []) == "2 tensors: see inspect"
    assert inspection_text(SAY, tensors("a"), 6, ["gone"]) == "1 tensor: see inspect"


def test_only_the_tensors_that_are_asked_for_are_shown_in_that_order() -> None:
    shown = inspection_text(SAY, tensors("a", "b", "c"), 6, ["c", "a", "gone"])
    assert [line.split()[0] for line in shown.splitlines()] == ["c", "a", "+"]


def test_code_makes_the_tensors_it_names_and_those_it_changed_worth_a_look() -> None:
    before = Inspection(tensors=(tensor("old"), tensor("used"), tensor("grew"), tensor("x")))
    after = Inspection(
        tensors=(
            tensor("old", shares_with=(Sharing("new", None),)),
            tensor("used"),
            tensor("grew", shape=(4, 3)),
            tensor("x"),
            tensor("new"),
        )
    )
    assert worth_a_look(after, before, "print(used.max())") == ["used", "grew", "new"]
    assert worth_a_look(after, None, "") == ["old", "used", "grew", "x", "new"]


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


def test_a_hostile_report_stays_small_and_tame() -> None:
    evil = "\u202e\x1b[2J```\n@everyone" * 200
    report = tensor(
        evil,
        shape=(2**62,) * 500,
        dtype=evil,
        device=evil,
        grad_fn=evil,
        values=evil,
        shares_with=(Sharing(evil, None),) * 100,
        bytes=2**62,
        nan=2**62,
    )
    shown = text(report)
    details = "".join(str(part) for part in tensor_parts(SAY, report))
    assert len(shown) < 1500
    assert len(details) < 3000
    for control in ("\u202e", "\x1b"):
        assert control not in shown
        assert control not in details
    assert "\n" not in text(report).splitlines()[0]
