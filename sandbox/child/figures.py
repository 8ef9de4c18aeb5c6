"""What a cell drew with pyplot, as pixels: figures it showed, then those it left open."""

import contextlib
import io
import math
import signal
from collections.abc import Callable
from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

from sandbox.childwire import (
    MOST_FIGURE_PIXELS,
    MOST_FIGURE_SIDE,
    MOST_FIGURES,
    Drawing,
    Drawn,
)
from sandbox.wire import encode

_MARGIN_INCHES = 0.1
_MOST_OVERHANG = 2.0
"""Labels beside a figure belong to it; what lies further off than this would only shrink it."""


class Easel:
    """The figures of the cell that runs: at most `MOST_FIGURES` as pixels, the others counted."""

    def __init__(self) -> None:
        self._room = 0
        self._drawn: list[Drawn] = []
        self._left_out = 0

    def begin(self) -> None:
        """Start with an empty easel; before the first call nothing is drawn at all."""
        self._room, self._drawn, self._left_out = MOST_FIGURES, [], 0

    def take_open(self) -> None:
        """Draw the figures that are open now, in order, and close them, so that each comes once."""
        try:
            for manager in list(Gcf.figs.values()):
                self._take(manager.canvas.figure)
        finally:
            _close_all()

    def finish(self, send: Callable[[bytes], None]) -> int:
        """Send the cell's figures; returns how many were left out.

        Drawing is learner code again, so an interrupt ends it, and nothing it raises matters.
        """
        if not (self._drawn or Gcf.figs):
            return self._left_out
        send(encode(Drawing()))
        open_before, seen_before = len(Gcf.figs), self._seen
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            with contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere()):
                self.take_open()
        except BaseException:
            self._left_out += max(0, open_before - (self._seen - seen_before))
        finally:
            _ignore_interrupts()
        for drawn in self._drawn:
            send(encode(drawn))
        self._drawn = []
        return self._left_out

    @property
    def _seen(self) -> int:
        return len(self._drawn) + self._left_out

    def _take(self, figure: Any) -> None:
        if len(self._drawn) < self._room:
            with contextlib.suppress(Exception):
                self._drawn.append(pixels(figure))
                return
        self._left_out += 1


class _Nowhere(io.TextIOBase):
    """Takes what is printed while drawing: the output has been collected, and none follows."""

    def write(self, text: str) -> int:
        return len(text)


def pixels(figure: Any) -> Drawn:
    """Draw `figure` as a notebook does: with the labels beside it, and no larger than allowed."""
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    box = _surroundings(figure)
    canvas.print_figure(
        io.BytesIO(), format="rgba", dpi=_resolution(box, figure.dpi), bbox_inches=box
    )
    rgba = canvas.renderer.buffer_rgba()
    height, width, _ = rgba.shape
    return Drawn(width, height, bytes(rgba))


def _surroundings(figure: Any) -> Bbox:
    """Return the part to draw, in inches."""
    own: Bbox = figure.bbox_inches
    tight: Bbox = figure.get_tightbbox().padded(_MARGIN_INCHES)
    fits = (
        0 < tight.width <= _MOST_OVERHANG * own.width
        and 0 < tight.height <= _MOST_OVERHANG * own.height
    )
    return tight if fits else own


def _resolution(box: Bbox, wanted: float) -> float:
    """Return the dots per inch that keep `box` within both limits."""
    side = MOST_FIGURE_SIDE / max(box.width, box.height)
    area = math.sqrt(MOST_FIGURE_PIXELS / (box.width * box.height))
    return float(min(wanted, side, area))


class _SilentManager(FigureManagerBase):
    """Makes `plt.show()` take the figures instead of warning that there is no window."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:  # noqa: ARG003
        easel.take_open()

    def show(self) -> None:
        """A single figure that is shown stays open, and comes when the cell has ended."""


def install() -> None:
    """Let Agg, which every cell draws with, hand its figures to the easel."""
    FigureCanvasAgg.manager_class = _SilentManager


easel = Easel()


def _close_all() -> None:
    with contextlib.suppress(Exception):
        Gcf.destroy_all()
    Gcf.figs.clear()


def _ignore_interrupts() -> None:
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:  # it came just when the last figure was done
        signal.signal(signal.SIGINT, signal.SIG_IGN)
