"""Turns any drawing into a PNG."""

from bot.pictures.card import card
from bot.pictures.graph import graph
from bot.pictures.operation import operation
from bot.pictures.paint import encoded, png
from bot.pictures.progress import progress
from bot.pictures.scene import Piece
from bot.pictures.tally import tally
from bot.tutor.drawing import Card, Drawing, Formula, Graph, Operation, Progress, Tally


def draw(drawing: Drawing) -> bytes:
    """Return the picture as PNG.

    Raises `ValueError` for a drawing that contradicts itself or is larger than any should be, and
    whatever a formula's LaTeX is worth.
    """
    if isinstance(drawing, Formula):
        # Imported by the first formula: setting math takes as long to import as all else together.
        from bot.pictures.formula import formula  # noqa: PLC0415

        return encoded(formula(drawing))
    return png(laid_out(drawing))


def laid_out(drawing: Card | Operation | Graph | Progress | Tally) -> Piece:
    """Return what stands where. Raises `ValueError` for a drawing that contradicts itself."""
    match drawing:
        case Card():
            return card(drawing)
        case Operation():
            return operation(drawing)
        case Graph():
            return graph(drawing)
        case Progress():
            return progress(drawing)
        case Tally():
            return tally(drawing)
