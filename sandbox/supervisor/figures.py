"""The figures of a run: bare pixels from the child, checked and made into PNG files on a thread."""

import asyncio
import io

from PIL import Image

from sandbox.childwire import (
    MOST_FIGURE_PIXELS,
    MOST_FIGURE_SIDE,
    MOST_FIGURES,
    Drawn,
)
from sandbox.wire import Figure

MOST_PNG_BYTES = 2 * 1024 * 1024
_CHANNELS = 4
_OPAQUE = (255, 255)


class Figures:
    """Takes what one run's child draws; each figure is encoded while the next one is drawn."""

    def __init__(self) -> None:
        self._encoding: list[asyncio.Future[Figure]] = []

    def take(self, drawn: Drawn) -> bool:
        """Start encoding a figure; False when it is none, or one too many."""
        if len(self._encoding) >= MOST_FIGURES or not _is_figure(drawn):
            return False
        loop = asyncio.get_running_loop()
        self._encoding.append(loop.run_in_executor(None, encoded, drawn))
        return True

    async def finished(self) -> tuple[Figure, ...]:
        """Return the figures, in the order they were drawn."""
        return tuple([await encoding for encoding in self._encoding])


def encoded(drawn: Drawn) -> Figure:
    """Return `drawn` as PNG of at most `MOST_PNG_BYTES`, halved in size as often as that needs."""
    image = Image.frombytes("RGBA", (drawn.width, drawn.height), drawn.rgba)
    if image.getchannel("A").getextrema() == _OPAQUE:
        image = image.convert("RGB")
    while len(png := _png(image)) > MOST_PNG_BYTES:
        image = image.reduce(2)
    return Figure(png)


def _is_figure(drawn: Drawn) -> bool:
    width, height = drawn.width, drawn.height
    return (
        0 < width <= MOST_FIGURE_SIDE
        and 0 < height <= MOST_FIGURE_SIDE
        and width * height <= MOST_FIGURE_PIXELS
        and len(drawn.rgba) == width * height * _CHANNELS
    )


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
