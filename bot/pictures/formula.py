"""Draws a lesson's block math: ziamath sets it, and its outlines are filled with Pillow.

The outlines are drawn here rather than by a renderer of SVG, which would be a native library beside
Pillow for no more than straight lines and quadratic curves.
"""

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from ziamath.config import config
from ziamath.zmath import Latex

from bot.pictures.palette import GROUND, INK, RIM
from bot.tutor.drawing import Formula

MOST_LATEX = 1000
"""Characters of a formula; twice as long as any that fits."""

WIDTH = 760
MOST_WIDTH = 1140
MOST_HEIGHT = 900
SIZE, LEAST_SIZE = 44, 34
"""Pixels of its letters; those of a subscript are seven tenths of them, so never below 24."""

_PAD = 28
_ROOM = WIDTH - 2 * _PAD - 2
_LEAST_WIDTH = 380
_FINE = 4
_CURVE_STEPS = 6
_TOKEN = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}
_LETTERS = re.compile(r"[^\x20-\x7e\n\tÀ-ɏͰ-Ͽ←-⋿]")

Contour = list[tuple[float, float]]


def formula(drawn: Formula) -> Image.Image:
    """Return the formula on an opaque ground.

    Raises `ValueError` for one that is too long or too large, or has letters that the math font
    lacks; what cannot be read as LaTeX raises whatever ziamath does.
    """
    if len(drawn.latex) > MOST_LATEX:
        raise ValueError(f"a formula of {len(drawn.latex)} characters")
    if strange := _LETTERS.search(drawn.latex):
        raise ValueError(f"no math font has {strange[0]!r}")
    svg, size = _set(drawn.latex, SIZE)
    if size[0] > _ROOM:
        svg, size = _set(drawn.latex, max(LEAST_SIZE, SIZE * _ROOM / size[0]))
    wide, tall = (math.ceil(length) + 2 * _PAD for length in size)
    if wide > MOST_WIDTH or tall > MOST_HEIGHT:
        raise ValueError(f"a formula of {wide} by {tall} pixels")
    image = Image.new("RGB", (max(_LEAST_WIDTH, wide), tall), GROUND)
    ImageDraw.Draw(image).rectangle((0, 0, image.width - 1, tall - 1), outline=RIM, width=2)
    mask = _mask(svg)
    at = ((image.width - mask.width) // 2, (tall - mask.height) // 2)
    image.paste(INK, at, mask)
    return image


def _set(latex: str, size: float) -> tuple[ET.Element, tuple[float, float]]:
    config.svg2 = False  # each letter's outline where it stands, not by reference
    svg = Latex(latex, size=size).svgxml()
    return svg, (float(svg.attrib["width"]), float(svg.attrib["height"]))


def _mask(svg: ET.Element) -> Image.Image:
    """Return how much of each pixel is covered."""
    left, top, wide, tall = (float(number) for number in svg.attrib["viewBox"].split())
    canvas = _Canvas(left, top, math.ceil(wide), math.ceil(tall))
    for element in svg.iter():
        canvas.add(element)
    return canvas.image.reduce(_FINE)


class _Canvas:
    """Fills outlines at four times the size; `left`, `top` is the corner in the formula's units."""

    def __init__(self, left: float, top: float, wide: int, tall: int) -> None:
        self.image = Image.new("L", (wide * _FINE, tall * _FINE))
        self._left, self._top = left, top

    def add(self, element: ET.Element) -> None:
        tag = element.tag.rpartition("}")[2]
        given = element.attrib
        if tag == "path":
            contours = list(_contours(given["d"]))
        elif tag == "rect":
            contours = [_corners(*(float(given[name]) for name in ("x", "y", "width", "height")))]
        elif tag in {"svg", "g", "title"}:
            return
        else:
            raise ValueError(f"a formula with <{tag}>")
        stroke = given.get("stroke", "none") != "none"
        fine = [[self._fine(point) for point in contour] for contour in contours]
        if stroke:
            self._stroke(fine, float(given.get("stroke-width", 1)), closed=tag == "rect")
        elif given.get("fill") != "none":
            self._fill([contour for contour in fine if len(contour) > 2])

    def _fine(self, point: tuple[float, float]) -> tuple[float, float]:
        return (point[0] - self._left) * _FINE, (point[1] - self._top) * _FINE

    def _stroke(self, contours: list[Contour], thick: float, *, closed: bool) -> None:
        draw = ImageDraw.Draw(self.image)
        for contour in contours:
            line = [*contour, *contour[:2]] if closed else contour
            draw.line(line, 255, max(_FINE, round(thick * _FINE)), joint="curve")

    def _fill(self, contours: list[Contour]) -> None:
        """Fill what the outlines wind around: those that run backwards cut holes."""
        if not contours:
            return
        across = [x for contour in contours for x, _ in contour]
        down = [y for contour in contours for _, y in contour]
        left, top = math.floor(min(across)), math.floor(min(down))
        size = (math.ceil(max(across)) - left + 1, math.ceil(max(down)) - top + 1)
        if size[0] * size[1] > self.image.width * self.image.height * 2:
            raise ValueError("an outline larger than its formula")
        winding = np.zeros((size[1], size[0]), np.int16)
        for contour in contours:
            one = Image.new("1", size)
            ImageDraw.Draw(one).polygon([(x - left, y - top) for x, y in contour], fill=1)
            winding += np.asarray(one, np.int16) * _turn(contour)
        covered: NDArray[np.uint8] = (winding != 0).astype(np.uint8) * 255
        self.image.paste(255, (left, top), Image.fromarray(covered))


def _contours(path: str) -> Iterator[Contour]:
    """Yield the closed outlines of an SVG path, curves as short lines."""
    contour: Contour = []
    for command, points in _commands(path):
        if command == "M":
            if contour:
                yield contour
            contour = [points[0]]
        elif command == "L":
            contour.append(points[0])
        elif command != "Z":
            contour += _curve([contour[-1], *points])
    if contour:
        yield contour


def _commands(path: str) -> Iterator[tuple[str, Contour]]:
    tokens = _TOKEN.findall(path)
    position, command = 0, ""
    while position < len(tokens):
        if tokens[position].isalpha():
            command = tokens[position]
            position += 1
        if command not in _POINTS:
            raise ValueError(f"a path with {command!r}")
        count = 2 * _POINTS[command]
        numbers = [float(token) for token in tokens[position : position + count]]
        yield command, list(zip(numbers[::2], numbers[1::2], strict=True))
        position += count


def _curve(controls: Contour) -> Contour:
    """Return points along a Bézier curve, without its first (de Casteljau)."""

    def at(part: float) -> tuple[float, float]:
        points = controls
        while len(points) > 1:
            points = [
                (x + (to_x - x) * part, y + (to_y - y) * part)
                for (x, y), (to_x, to_y) in pairwise(points)
            ]
        return points[0]

    return [at(step / _CURVE_STEPS) for step in range(1, _CURVE_STEPS + 1)]


def _turn(contour: Contour) -> int:
    """Return 1 for an outline that runs one way around, and -1 for the other."""
    following = [*contour[1:], contour[0]]
    area = sum(x * to_y - to_x * y for (x, y), (to_x, to_y) in zip(contour, following, strict=True))
    return 1 if area >= 0 else -1


def _corners(x: float, y: float, wide: float, tall: float) -> Contour:
    return [(x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall)]
