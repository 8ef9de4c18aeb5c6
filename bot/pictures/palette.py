"""The colours: of tones, of surfaces, and of numbers in a heat map."""

import numpy as np
from numpy.typing import NDArray

from bot.tutor.drawing import Tone

Colour = tuple[int, int, int]

GROUND: Colour = (0x1E, 0x1F, 0x24)
PANEL: Colour = (0x2C, 0x2E, 0x35)
RIM: Colour = (0x5A, 0x5E, 0x69)
INK: Colour = (0xF4, 0xF5, 0xF7)
FAINT: Colour = (0xBC, 0xC1, 0xCA)
BLUE: Colour = (0x82, 0xB6, 0xFF)
GREEN: Colour = (0x66, 0xD1, 0x92)
RED: Colour = (0xFF, 0x7B, 0x7B)
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
MAGENTA: Colour = (0xE8, 0x1C, 0xE8)

TONES: dict[Tone, Colour] = {
    "plain": FAINT,
    "new": GREEN,
    "changed": (0xFF, 0xC8, 0x57),
    "shared": (0x5C, 0xD3, 0xDD),
    "gradient": (0xC9, 0xA2, 0xFF),
    "bad": RED,
}

_BOTH_SIGNS = (
    (0x16, 0x4A, 0x8C),
    (0x3F, 0x8E, 0xC4),
    (0xA6, 0xCF, 0xE6),
    (0xF6, 0xF6, 0xF6),
    (0xF8, 0xBE, 0xA2),
    (0xD9, 0x5F, 0x4E),
    (0x8F, 0x0C, 0x28),
)
_ONE_SIGN = (
    (0x00, 0x2A, 0x63),
    (0x39, 0x48, 0x6D),
    (0x68, 0x67, 0x72),
    (0x97, 0x89, 0x77),
    (0xC8, 0xB0, 0x6A),
    (0xFB, 0xE3, 0x4B),
)
_LEVELS = 256
_AS_FAR_FROM_BLACK_AS_FROM_WHITE = 0.179


def _table(stops: tuple[Colour, ...]) -> NDArray[np.uint8]:
    at = np.linspace(0, len(stops) - 1, _LEVELS)
    channels = [np.interp(at, range(len(stops)), channel) for channel in zip(*stops, strict=True)]
    table: NDArray[np.uint8] = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    return table


_SIGNED_TABLE = _table(_BOTH_SIGNS)
_PLAIN_TABLE = _table(_ONE_SIGN)


def coloured(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the colour of each number, as [n, 3]: NaN magenta, infinities black.

    With both signs blue is below 0, white is 0 and red above; else dark is small, bright is large.
    """
    finite = np.isfinite(values)
    known = values[finite]
    colours = np.zeros((values.size, 3), np.uint8)
    colours[np.isnan(values)] = MAGENTA
    if known.size:
        low, high = float(known.min()), float(known.max())
        signed = low < 0 < high
        if signed:
            high = max(-low, high)
            low = -high
        table = _SIGNED_TABLE if signed else _PLAIN_TABLE
        colours[finite] = table[_levels(known, low, high)]
    return colours


def _levels(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.intp]:
    # Halves, for a span of two extreme numbers may be infinite.
    span = high / 2 - low / 2
    part = (values / 2 - low / 2) / span if span else np.full(values.shape, 0.5)
    levels: NDArray[np.intp] = np.rint(np.clip(part, 0, 1) * (_LEVELS - 1)).astype(np.intp)
    return levels


def ink_on(ground: Colour) -> Colour:
    """Return black or white, whichever reads better on `ground`."""
    linear = [(part / 255) ** 2.2 for part in ground]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return BLACK if light > _AS_FAR_FROM_BLACK_AS_FROM_WHITE else WHITE
