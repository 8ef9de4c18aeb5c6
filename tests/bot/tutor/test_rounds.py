from hypothesis import given
from hypothesis import strategies as st

from bot.tutor.rounds import PUBLIC, derived, labels_of, starts_of
from tests.bot.tutor.graded_lesson import step

SECRET = b"s" * 32


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_derived_numbers_tell_their_parts_apart(one: list[str], other: list[str]) -> None:
    assert (derived(SECRET, *one) == derived(SECRET, *other)) == (one == other)
    assert derived(SECRET, *one) != derived(b"another", *one)


def test_public_round_comes_first_and_hidden_ones_name_the_attempt() -> None:
    assert labels_of(step("row"), 4) == (PUBLIC, "4.1", "4.2")


def test_hidden_inputs_depend_on_learner_item_attempt_and_secret() -> None:
    row = starts_of(step("row"), 1, 1, SECRET)
    others = [
        starts_of(step("row"), 2, 1, SECRET)["1.1"],
        starts_of(step("flat"), 1, 1, SECRET)["1.1"],
        starts_of(step("row"), 1, 2, SECRET)["2.1"],
        starts_of(step("row"), 1, 1, b"t" * 32)["1.1"],
        row["1.2"],
    ]
    drawn = [repr(one.given) for one in (row["1.1"], *others)]
    assert len(set(drawn)) == 6


def test_seed_fits_numpys_global_generator() -> None:
    assert all(0 <= one.seed < 2**32 for one in starts_of(step("row"), 1, 1, SECRET).values())


def test_job_carries_only_what_it_is_told() -> None:
    start = starts_of(step("row"), 1, 1, SECRET)[PUBLIC]
    job = start.evaluation("x = 1", "y = 2", exports={})
    assert (job.cells, job.exports, job.state) == (("x = 1", "y = 2"), {}, False)
    assert set(job.given) == {"n", "X", "W", "M"}
