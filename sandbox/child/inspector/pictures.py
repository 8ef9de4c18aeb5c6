"""Packs elements as what is drawn: the cells of a heat map, the pixels of a preview."""

from typing import Any

import numpy as np

from sandbox.child.inspector.elements import Elements, Wanted
from sandbox.inspection import Grid, Preview


def grid(elements: Elements, wanted: Wanted) -> Grid | None:
    """Return the heat map's cells; None for complex numbers, which have no order."""
    cells = elements.grid
    if cells.dtype.kind == "c":
        return None
    rows, columns = (1, 1, *cells.shape)[-2:]
    return Grid(
        rows=rows,
        columns=columns,
        data=cells.astype("<f4").tobytes(),
        row_step=wanted.grid.row_step,
        column_step=wanted.grid.column_step,
        index=wanted.grid.index,
    )


def preview(elements: Elements, wanted: Wanted) -> Preview | None:
    """Return the pixels of what has the shape and the values of an image: bytes, or floats in 0…1."""
    image, cut = elements.image, wanted.image
    if cut is None or image is None:
        return None
    if image.dtype.kind == "f":
        if not (
            np.minimum.reduce(image, axis=None) >= 0 and np.maximum.reduce(image, axis=None) <= 1
        ):
            return None
        image = np.rint(image * 255)
    elif image.dtype != np.uint8:
        return None
    pixels: Any = image if cut.channels_last else image.transpose(1, 2, 0)
    height, width, channels = pixels.shape
    return Preview(width, height, channels, pixels.astype(np.uint8).tobytes(), cut.step)
