import pytest

from bot.pictures.palette import BLUE, GREEN
from bot.pictures.progress import MOST_ROWS, lesson, progress
from bot.pictures.scene import Block, Words
from bot.tutor.drawing import Progress, Row


def bar(read: int, sections: int) -> int:
    """Return how many pixels of a lesson's bar are filled."""
    blocks = [one for one in lesson(Row("", read, sections, ())).items if isinstance(one, Block)]
    return sum(one.box.width for one in blocks if one.fill == BLUE)


def test_a_bar_grows_with_what_was_read() -> None:
    assert bar(0, 5) == 0
    assert 0 < bar(1, 5) < bar(4, 5) < bar(5, 5)


def test_a_bar_says_its_numbers() -> None:
    assert "2/5" in [one.text for one in lesson(Row("", 2, 5, ())).items if isinstance(one, Words)]


def test_each_kind_of_step_has_a_shape_of_its_own() -> None:
    shapes = {
        step: tuple(type(one) for one in lesson(Row("", 0, 0, (step,))).items[1:])
        for step in ("done", "shown", "current", "ahead")
    }
    assert len(set(shapes.values())) == 4


def test_there_is_a_mark_for_each_step() -> None:
    marks = [one for one in lesson(Row("", 0, 0, ("done",) * 7)).items if isinstance(one, Block)]
    assert sum(one.fill == GREEN for one in marks) == 7


def test_lessons_beyond_the_first_are_counted() -> None:
    drawn = progress(Progress("t", (Row("Tensors", 1, 2, ()),) * (MOST_ROWS + 3)))
    shown = [one.text for one in drawn.items if isinstance(one, Words)]
    assert shown.count("Tensors") == MOST_ROWS
    assert "+ 3 ..." in shown


@pytest.mark.parametrize(("read", "sections"), [(3, 2), (-1, 2), (0, 5000)])
def test_what_contradicts_itself_is_refused(read: int, sections: int) -> None:
    with pytest.raises(ValueError, match="sections"):
        lesson(Row("t", read, sections, ()))
