"""Lays checked tensors out as the panels of a card."""

import math
from collections.abc import Sequence
from typing import Literal

from bot.tutor.drawing import Bars, Card, HeatMap, Panel, Pill, Pixels, Tone
from bot.tutor.inspector.seen import Tensor, cells_of
from bot.tutor.inspector.words import (
    change_word,
    facts,
    gradient_news,
    gradient_norm,
    joined,
    odd_numbers,
    origin,
    shape_text,
    short,
    statistics,
)
from bot.tutor.ports import Wording
from sandbox.inspection import Grid, Preview

MOST_PANELS = 4
MOST_CELLS = 64
"""Cells of a heat map along an edge."""

MOST_ON_A_CARD = 24
"""Characters of a name on a card, where letters are large."""

Kind = Literal["best", "heat map", "pixels"]


def card(say: Wording, tensors: Sequence[Tensor], aside: str = "") -> Card:
    """Return a card of at most four `tensors`."""
    panels = tuple(panel(say, one) for one in tensors[:MOST_PANELS])
    return Card(say("Tensor inspector"), aside, panels, legend(say, panels))


def panel(say: Wording, one: Tensor, picture: Kind = "best") -> Panel:
    """Return one tensor as a panel, with its image preview where it has one, else a heat map.

    One that is asked for as "pixels" stands below another of the same tensor, and says no more.
    """
    if picture == "pixels":
        pixels = _picture(say, one, picture)
        return Panel(short(one.name, MOST_ON_A_CARD), shape_text(one.shape), facts(one), "", pixels)
    bars = None
    if one.histogram is not None:
        label = "" if one.std is None else f"std {one.std:.3g}"
        bars = Bars(one.histogram.counts, label)
    return Panel(
        name=short(one.name, MOST_ON_A_CARD),
        shape=shape_text(one.shape),
        facts=facts(one),
        statistics=statistics(one),
        picture=_picture(say, one, picture),
        bars=bars,
        pills=_pills(say, one),
        accent=_accent(one),
    )


def _accent(one: Tensor) -> Tone:
    if one.change == "new":
        return "new"
    return "changed" if one.has_news else "plain"


def _pills(say: Wording, one: Tensor) -> tuple[Pill, ...]:
    """Return what to know of a tensor at a glance, the most surprising first."""
    names = [other.name for other in one.shares_with if other.writes_show is not False]
    shared = say("shares memory: {names}", names=joined(names, 2)) if names else ""
    same = say("same object: {names}", names=joined(one.same_as, 2)) if one.same_as else ""
    change = change_word(say, one.change, one.writes) if one.change != "unchanged" else ""
    was = one.was
    before = (
        say("was {shape}", shape=shape_text(was.shape)) if was and was.shape is not None else ""
    )
    news: tuple[tuple[str, Tone], ...] = (
        *((text, "bad") for text in odd_numbers(say, one) if one.nan or one.inf),
        (change, "new" if one.change == "new" else "changed"),
        (before, "changed"),
        (shared, "shared"),
        (same, "shared"),
        *((text, "gradient") for text in gradient_news(say, one)),
        (gradient_norm(say, one), "gradient"),
        (say("not contiguous") if not one.contiguous else "", "shared"),
        (origin(say, one), "gradient"),
    )
    return tuple(Pill(text, tone) for text, tone in news if text)


def _picture(say: Wording, one: Tensor, kind: Kind) -> HeatMap | Pixels | None:
    if one.preview is not None and kind != "heat map":
        return _pixels(say, one, one.preview)
    return _heat_map(say, one, one.grid) if one.grid is not None and kind != "pixels" else None


def _heat_map(say: Wording, one: Tensor, grid: Grid) -> HeatMap:
    """Return the cells of a grid, thinned out where they are too many along an edge."""
    down, across = -(-grid.rows // MOST_CELLS), -(-grid.columns // MOST_CELLS)
    cells, width = cells_of(grid), grid.columns
    kept = [cells[row * width : (row + 1) * width : across] for row in range(0, grid.rows, down)]
    rows, columns = ("", "", *map(str, one.shape))[-2:]
    return HeatMap(
        rows=len(kept),
        columns=len(kept[0]),
        values=tuple(value for row in kept for value in row),
        edges=(rows, columns),
        whole=one.is_whole,
        caption=_caption(say, grid, grid.row_step * down, grid.column_step * across),
    )


def _caption(say: Wording, grid: Grid, row_step: int, column_step: int) -> str:
    """Return which part of the tensor a heat map shows, if it is not all of it."""
    slice_ = slice_text(grid.index) if grid.index else ""
    if row_step == column_step > 1:
        both = say("1 in {n} rows and columns", n=row_step)
        return f"{slice_}, {both}" if slice_ else both
    rows = say("1 in {n} rows", n=row_step) if row_step > 1 else ""
    columns = say("1 in {n} columns", n=column_step) if column_step > 1 else ""
    return ", ".join(part for part in (slice_, rows, columns) if part)


def slice_text(index: Sequence[int]) -> str:
    """Return a slice as it is written in Python: "[2, 0, :, :]"."""
    return f"[{', '.join([*map(str, index), ':', ':'])}]"


def _pixels(say: Wording, one: Tensor, preview: Preview) -> Pixels:
    is_last = len(one.shape) == 3 and one.shape[0] != preview.channels
    height, width = one.shape[:2] if is_last else one.shape[-2:]
    caption = say("1 in {n} pixels", n=preview.step) if preview.step > 1 else ""
    edges = (str(height), str(width))
    return Pixels(preview.width, preview.height, preview.channels, preview.data, edges, caption)


def legend(say: Wording, panels: Sequence[Panel]) -> str:
    """Return what the colours of the heat maps mean that are there."""
    maps = [one.picture for one in panels if isinstance(one.picture, HeatMap)]
    signed = [_has_both_signs(one.values) for one in maps if len(one.values) > 1]
    missing = any(math.isnan(value) for one in maps for value in one.values)
    found = (
        say("blue < 0 < red") if any(signed) else "",
        say("dark → bright: small → large") if not all(signed) else "",
        say("magenta: NaN") if missing else "",
    )
    return " · ".join(part for part in found if part)


def _has_both_signs(values: Sequence[float]) -> bool:
    known = [value for value in values if math.isfinite(value)]
    return bool(known) and min(known) < 0 < max(known)
