"""What the tutor wants drawn: pictures as words and numbers, before anybody knows of pixels.

All text is in the learner's language already, on one line, and free of control characters. Numbers
are checked. Whoever draws decides on fonts and colours, cuts text that does not fit, and never lets
a colour mean something that no word says.

Lines break at " · " and at three spaces, so that is what stands between facts, between statistics
and between the parts of a legend.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "new", "changed", "shared", "gradient", "bad"]
"""What a pill or an accent is about; it chooses a colour."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A matrix drawn as coloured cells, row by row, with the full sizes on its edges.

    Below zero is blue and above red; where all numbers have one sign, dark is small and bright is
    large. Numbers stand in the cells while there are few. NaN is magenta and crossed, infinities
    are a white + or - on black. `whole` tells that the elements are whole numbers or truth values.
    `caption` says what was left out. At most 64 cells along an edge.
    """

    rows: int
    columns: int
    values: tuple[float, ...]
    edges: tuple[str, str]
    whole: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Pixels:
    """An image preview: 8-bit, row by row, 1 or 3 channels, enlarged without smoothing."""

    width: int
    height: int
    channels: Literal[1, 3]
    data: bytes
    edges: tuple[str, str]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A histogram; `label` stands beside it."""

    counts: tuple[int, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Pill:
    """A short remark in a frame of its tone's colour."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Panel:
    """One tensor on a card: name, shape, a line of facts, a line of statistics, and its picture."""

    name: str
    shape: str
    facts: str
    statistics: str = ""
    picture: HeatMap | Pixels | None = None
    bars: Bars | None = None
    pills: tuple[Pill, ...] = ()
    accent: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Card:
    """The inspector's card: one to four panels under a title, and a legend below."""

    title: str
    aside: str
    panels: tuple[Panel, ...]
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """An operand drawn to its shape: `dims` are the sizes as words, outermost first.

    `clash` are positions in `dims` that do not fit another operand's; `wanted` what the first of
    them would have to be: "4", drawn as "5 ≠ 4".
    """

    name: str
    dims: tuple[str, ...]
    clash: tuple[int, ...] = ()
    wanted: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A failing operation: operands with `sign` between them ("@", "+", "cat"), and one sentence.

    At most eight operands. With `right_aligned` the sizes are compared from the right, as
    broadcasting does: in a table instead of boxes.
    """

    title: str
    sign: str
    boxes: tuple[Box, ...]
    sentence: str
    right_aligned: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A node of an autograd graph. `inputs` are positions in the same graph, all further on."""

    label: str
    shape: str
    is_leaf: bool
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """How a tensor came to be: at most 30 steps, the tensor itself first.

    Leaves are hexagons at the top, the tensor itself is the box with the thick edge at the bottom.
    """

    title: str
    steps: tuple[Step, ...]
    aside: str = ""
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson in a progress picture, with its challenge steps.

    Their marks look like ✓ (done), ◐ (the solution was shown), ◉ (current) and ○ (ahead).
    """

    title: str
    read: int
    sections: int
    steps: tuple[Literal["done", "shown", "current", "ahead"], ...]
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is, lesson by lesson."""

    title: str
    rows: tuple[Row, ...]
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """One option of a question with how many chose it, and the same in words: "3 · 60 %"."""

    letter: str
    text: str
    count: int
    aside: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How a channel answered a question: at most ten options, the right ones ticked and framed."""

    title: str
    options: tuple[Counted, ...]
    aside: str = ""
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """Block math of a lesson, as LaTeX without dollars: the author's, never a learner's."""

    latex: str


Drawing = Card | Operation | Graph | Progress | Tally | Formula
