"""A few hurried cells are each kept; a long quick series only at its end."""

from sandbox.supervisor.pace import Pace


def _series(pace: Pace, gaps: list[float]) -> list[bool]:
    """Run cells that take no time after each gap; tell which are kept at once."""
    now, kept = 0.0, []
    for gap in gaps:
        now += gap
        pace.begin(now)
        pace.end(now)
        kept.append(pace.may_wait)
    return kept


def test_the_first_hurried_cells_are_kept_and_then_no_more() -> None:
    kept = _series(Pace(), [0.001] * 20)
    assert all(kept[:5])
    assert not any(kept[5:])


def test_whoever_rests_a_little_is_always_kept() -> None:
    assert all(_series(Pace(), [2.0] * 50))


def test_short_rests_earn_little() -> None:
    kept = _series(Pace(), [0.001] * 10 + [0.1, 0.001, 0.001] * 10)
    assert sum(kept[10:]) <= 5


def test_a_long_rest_earns_no_more_than_at_first() -> None:
    kept = _series(Pace(), [0.001] * 10 + [10_000.0] + [0.001] * 10)
    assert kept[10:].count(True) == 5
