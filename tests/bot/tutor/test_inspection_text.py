import math

import pytest

from bot.locales.catalogues import load_catalogues
from bot.tutor.inspection_text import human_bytes, inspection_text, tensor_parts
from sandbox.wire import Inspection
from tests.doubles.fake_runner import tensor, tensors

SAY = load_catalogues().in_locale("en")


def text(*reports: object, most: int = 6, first: tuple[str, ...] = ()) -> str:
    return inspection_text(SAY, Inspection(tensors=reports), most, first)  # type: ignore[arg-type]


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
        shares_with=("x", "y"),
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
    assert shown.endswith("+ 4 more tensors · inspect shows them")


def test_the_tensors_a_lesson_names_come_first_and_alone() -> None:
    shown = text(tensor("a"), tensor("b"), tensor("c"), first=("c", "a", "gone"))
    assert shown.splitlines()[0].startswith("c ")
    assert shown.splitlines()[1].startswith("a ")
    assert "+ 1 more tensor · inspect shows it" in shown


def test_if_none_of_them_is_there_all_are_shown() -> None:
    assert "a  [" in text(tensor("a"), first=("gone",))


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
        shares_with=(evil,) * 100,
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
