"""Turns any drawing into a PNG."""

from bot.pictures.card import card
from bot.pictures.paint import png
from bot.tutor.drawing import Card, Drawing


def draw(drawing: Drawing) -> bytes | None:
    """Return the picture as PNG, or None for what nobody can draw yet.

    Raises `ValueError` for a drawing that contradicts itself or is larger than any should be.
    """
    match drawing:
        case Card():
            return png(card(drawing))
        case _:
            return None
