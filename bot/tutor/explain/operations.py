"""Makes the picture of a failing operation: its operands as boxes, and what of them does not fit."""

from bot.tutor.clean import clean
from bot.tutor.drawing import Box, Operation
from sandbox.failure import Item

MOST_TITLE = 60
MOST_BOX_NAME = 24
MOST_BOXES = 4
MOST_DIMS = 6


def box(
    item: Item | str, shape: tuple[int, ...], clash: tuple[int, ...] = (), wanted: str = ""
) -> Box:
    """Return an operand; a negative position in `clash` counts from the end."""
    text = item if isinstance(item, str) else item.text
    bad = tuple(sorted({place % len(shape) for place in clash})) if shape else ()
    name = clean(" ".join(text.split()), MOST_BOX_NAME)
    return Box(name, tuple(map(str, shape)), bad, wanted)


def operation(
    title: str, sign: str, boxes: tuple[Box, ...], sentence: str, *, right_aligned: bool = False
) -> Operation | None:
    """Return the picture, or None where it would have more than it can show."""
    if not 1 < len(boxes) <= MOST_BOXES or any(len(one.dims) > MOST_DIMS for one in boxes):
        return None
    shown = clean(" ".join(title.split()), MOST_TITLE)
    return Operation(shown, sign, boxes, sentence.replace("`", ""), right_aligned)


def in_words(drawn: Operation) -> str:
    """Return what the picture shows: the same in words."""
    boxes = f" {drawn.sign} ".join(f"{one.name} [{', '.join(one.dims)}]" for one in drawn.boxes)
    return f"{boxes}. {drawn.sentence}"


def broadcast_clashes(one: tuple[int, ...], other: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the positions, counted from the end and negative, whose sizes do not broadcast."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return [(-n, -n) for n, (a, b) in enumerate(pairs, 1) if a != b and 1 not in (a, b)]
