"""What pictures cost, beside the same in matplotlib, and how long the event loop waits meanwhile."""

import asyncio
import io
import random
import time
from collections.abc import Callable

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from benchmarks.effort import Effort
from benchmarks.table import Row
from benchmarks.times import Times, timed
from bot.pictures.draw import draw
from bot.pictures.drawer import Drawer, drawing_aside
from bot.tutor.drawing import (
    Bars,
    Box,
    Card,
    Drawing,
    Formula,
    Graph,
    HeatMap,
    Operation,
    Panel,
    Pill,
    Step,
)

_MOST_RATIO = 0.2
_SIDES = ((4, 3), (3, 5), (5, 4), (24, 24))
_DOTS_PER_INCH = 100
_WIDE, _TALL = 7.6, 14.0
_LATEX = r"\frac{1}{n}\sum_{i=1}^{n} (y_i - \mu)^2"
_TICK_SECONDS = 0.001


async def rows(effort: Effort) -> list[Row]:
    """Draw everything in turns with matplotlib, so that a noisy machine is noisy for both."""
    times = Times()
    pairs = _pairs()
    for number in range(-2, effort.rounds // 3):
        for what, once in pairs.items():
            started = time.perf_counter()
            once()
            if number >= 0:
                times.add(what, time.perf_counter() - started)
    async with drawing_aside() as pictures:
        waits = await _waits(pictures, effort.rounds // 3)
    longest = max(waits) * 1000
    return [
        _row(
            times, "card of four tensors / the same in matplotlib", "card", "four heat maps", True
        ),
        _row(times, "a failing operation / the same in matplotlib", "operation", "two boxes"),
        _row(times, "autograd graph of 9 steps / the same in matplotlib", "graph", "nine boxes"),
        _row(times, "block math / the same in matplotlib", "formula", "mathtext"),
        Row("longest wait of the event loop while cards are drawn", f"{longest:.0f} ms"),
    ]


def _pairs() -> dict[str, Callable[[], object]]:
    return {
        "card": lambda: draw(_card()),
        "four heat maps": _four_heat_maps,
        "operation": lambda: draw(_OPERATION),
        "graph": lambda: draw(_GRAPH),
        "two boxes": _two_boxes,
        "nine boxes": _nine_boxes,
        "formula": lambda: draw(Formula(_LATEX)),
        "mathtext": _mathtext,
    }


def _row(times: Times, name: str, what: str, to: str, held: bool = False) -> Row:
    ratio = times.ratio(what, to)
    target = (f"≤ {_MOST_RATIO} ×", ratio <= _MOST_RATIO) if held else ()
    return Row(name, f"{ratio:.2f} ×", *target, spread=times.spread(what) if held else None)


async def _waits(pictures: Drawer, count: int) -> list[float]:
    """Return by how much each tick of the loop came late while `count` cards were drawn."""
    drawing = asyncio.gather(*(_one(pictures, _card()) for _ in range(count)))
    late: list[float] = []
    while not drawing.done():
        late.append(await timed(lambda: asyncio.sleep(_TICK_SECONDS)) - _TICK_SECONDS)
    await drawing
    return late


async def _one(pictures: Drawer, drawing: Drawing) -> None:
    if await pictures.png(drawing) is None:
        raise SystemExit("a picture could not be drawn")


def _values(rows: int, columns: int) -> tuple[float, ...]:
    return tuple(random.gauss(0, 1) for _ in range(rows * columns))


def _card() -> Card:
    panels = tuple(
        Panel(
            name,
            f"[{rows}, {columns}]",
            "float32 · cpu · 60 B",
            "min -1.52   mean -0.224   max 0.661",
            HeatMap(rows, columns, _values(rows, columns), (str(rows), str(columns))),
            Bars(tuple(random.randrange(30) for _ in range(20)), "std 0.995"),
            (Pill("new", "new"), Pill("shares memory: xt", "shared")),
            "new",
        )
        for name, (rows, columns) in zip("xWhe", _SIDES, strict=True)
    )
    return Card("Tensor Inspector", "4 of 6 · run #12", panels, "blue < 0 < red")


_OPERATION = Operation(
    "x @ W does not fit",
    "@",
    (Box("x", ("3", "4"), (1,)), Box("W", ("5", "2"), (0,), "4")),
    "The columns of x meet the rows of W: 4 and 5 would have to be equal.",
)
_GRAPH = Graph(
    "How loss came to be",
    (
        Step("mean", "[]", False, (1,)),
        Step("pow", "[8, 2]", False, (2,)),
        Step("sub", "[8, 2]", False, (3, 8)),
        Step("add", "[8, 2]", False, (4, 7)),
        Step("mm", "[8, 2]", False, (5, 6)),
        *(Step(name, "[2]", True) for name in ("x", "W", "b", "target")),
    ),
)


def _four_heat_maps() -> bytes:
    """Draw heat maps and histograms with titles, and numbers where cells are few."""
    figure = Figure((_WIDE, _TALL), dpi=_DOTS_PER_INCH)
    for position, (rows, columns) in enumerate(_SIDES):
        values = _values(rows, columns)
        matrix = [values[row * columns : (row + 1) * columns] for row in range(rows)]
        image, bars = (figure.add_subplot(4, 2, 2 * position + side) for side in (1, 2))
        image.imshow(matrix, cmap="RdBu_r", vmin=-3, vmax=3)
        image.set_title(f"x [{rows}, {columns}]")
        bars.hist(values, 20)
        bars.set_title("min -1.52   mean -0.224   max 0.661")
        if rows * columns <= 36:
            for row, numbers in enumerate(matrix):
                for column, number in enumerate(numbers):
                    image.text(column, row, f"{number:.2f}", ha="center", va="center")
    return _saved(figure)


def _two_boxes() -> bytes:
    """Draw operands as boxes with their sizes on the edges."""
    figure = Figure((_WIDE, 5), dpi=_DOTS_PER_INCH)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for left, (name, sizes) in zip((0.1, 0.6), (("x", "34"), ("W", "52")), strict=True):
        axes.add_patch(Rectangle((left, 0.3), 0.2, 0.4, linewidth=2))
        axes.text(left + 0.1, 0.8, name, fontsize=18, weight="bold")
        axes.text(left + 0.1, 0.72, sizes[1], fontsize=18)
        axes.text(left - 0.05, 0.5, sizes[0], fontsize=18)
    axes.text(0.45, 0.5, _OPERATION.sign, fontsize=18)
    axes.text(0.02, 0.95, _OPERATION.title, fontsize=22)
    axes.text(0.02, 0.1, _OPERATION.sentence, fontsize=18)
    return _saved(figure)


def _nine_boxes() -> bytes:
    """Draw steps where somebody else has put them, and arrows between them."""
    figure = Figure((_WIDE, 8), dpi=_DOTS_PER_INCH)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    places = [(0.2 + 0.25 * (at % 3), 0.9 - 0.3 * (at // 3)) for at in range(len(_GRAPH.steps))]
    for step, place in zip(_GRAPH.steps, places, strict=True):
        axes.text(*place, f"{step.label}\n{step.shape}", fontsize=18, bbox={"boxstyle": "round"})
        for one in step.inputs:
            axes.annotate("", place, places[one], arrowprops={"arrowstyle": "->"})
    return _saved(figure)


def _mathtext() -> bytes:
    figure = Figure((3.8, 1.5), dpi=_DOTS_PER_INCH)
    figure.text(0.1, 0.4, f"${_LATEX}$", fontsize=24)
    return _saved(figure)


def _saved(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
