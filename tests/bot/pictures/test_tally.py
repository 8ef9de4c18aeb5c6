import pytest

from bot.pictures.palette import BLUE, GREEN
from bot.pictures.scene import Block, Line, Words
from bot.pictures.tally import option, tally
from bot.tutor.drawing import Counted, Tally


def counted(count: int, *, is_right: bool = False) -> Counted:
    return Counted("A", "torch.rand(5)", count, f"{count} · 10 %", is_right)


def bar(one: Counted, most: int) -> int:
    """Return how many pixels of an option's bar are filled."""
    blocks = [item for item in option(one, most).items if isinstance(item, Block)]
    return sum(block.box.width for block in blocks if block.fill == BLUE)


def test_a_bar_grows_with_the_answers() -> None:
    assert bar(counted(0), 8) == 0
    assert 0 < bar(counted(1), 8) < bar(counted(4), 8) < bar(counted(8), 8)


def test_a_single_answer_among_many_can_be_seen() -> None:
    assert bar(counted(1), 100_000) >= 16


def test_numbers_stand_beside_the_bar() -> None:
    texts = [item.text for item in option(counted(3), 8).items if isinstance(item, Words)]
    assert "3 · 10 %" in texts


def test_the_right_option_has_a_tick_and_not_only_a_colour() -> None:
    wrong, right = (option(counted(3, is_right=which), 8) for which in (False, True))
    assert not [item for item in wrong.items if isinstance(item, Line)]
    (tick,) = [item for item in right.items if isinstance(item, Line)]
    assert tick.colour == GREEN


@pytest.mark.parametrize("options", [(), (counted(1),) * 11, (counted(-1),)])
def test_what_contradicts_itself_is_refused(options: tuple[Counted, ...]) -> None:
    with pytest.raises(ValueError, match="options"):
        tally(Tally("t", options))
