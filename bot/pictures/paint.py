"""Paints a laid-out picture with Pillow: shapes, what is round of them smoothly, then cells and words on top."""

import io
import math
from collections.abc import Iterator
from dataclasses import replace

from PIL import Image, ImageDraw

from bot.pictures import fonts
from bot.pictures.palette import BLACK, GROUND, RIM, WHITE, Colour, ink_on
from bot.pictures.scene import Block, Cells, Line, Piece, Point, Polygon, Rect, Sign, Words

MOST_PIXELS = 760 * 4000
"""Larger than any drawing needs; beyond it the layout must be at fault."""

_FINE = 2
_PACKING = 2
_ARROW_LENGTH, _ARROW_HALF = 14, 7


def png(piece: Piece) -> bytes:
    """Return the picture, opaque. Raises `ValueError` for one larger than any should be.

    Without an image in it 256 colours do, with a third of the bytes and in less time.
    """
    image = painted(piece)
    if not any(isinstance(item, Cells) and item.faithful for item in piece.items):
        image = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    return encoded(image)


def encoded(image: Image.Image) -> bytes:
    """Return the image as PNG, packed quickly rather than as small as can be."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=_PACKING)
    return out.getvalue()


def painted(piece: Piece) -> Image.Image:
    """Return `piece` on the dark ground, within a rim that sets it off in a dark chat too.

    Raises `ValueError` for one larger than any should be.
    """
    if not 0 < piece.width * piece.height <= MOST_PIXELS:
        raise ValueError(f"a picture of {piece.width} by {piece.height} pixels")
    image = _shapes(piece)
    draw = ImageDraw.Draw(image)
    for item in piece.items:
        match item:
            case Cells():
                _paint_cells(image, draw, item)
            case Words():
                _paint_words(draw, (item.left, item.top), item.text, item.kind, item.colour)
            case _:
                pass
    return image


def _shapes(piece: Piece) -> Image.Image:
    image = Image.new("RGB", (piece.width, piece.height), GROUND)
    whole = Block(Rect(0, 0, piece.width, piece.height), edge=RIM)
    for item in (whole, *piece.items):
        match item:
            case Block():
                _paint_block(image, item)
            case Polygon():
                _smoothly(image, _with_room(item.box, item.thickness), item)
            case Line():
                _smoothly(image, _with_room(item.box, item.thickness + _ARROW_LENGTH), item)
            case _:
                pass
    return image


def _paint_block(image: Image.Image, block: Block) -> None:
    """Paint a rectangle as it is, and smoothly only what is round about it."""
    box = block.box
    if box.width <= 0 or box.height <= 0:
        return
    if not block.radius:
        _paint_rectangle(ImageDraw.Draw(image), block, (0, 0), 1)
        return
    reach = block.radius + 1
    if min(box.width, box.height) <= 2 * reach:
        _smoothly(image, box, block)
        return
    corners = [(corner, image.crop(_corners_of(corner))) for corner in _corner_boxes(box, reach)]
    _paint_rectangle(ImageDraw.Draw(image), replace(block, radius=0), (0, 0), 1)
    for corner, before in corners:
        image.paste(before, (corner.left, corner.top))
        _smoothly(image, corner, block)


def _corner_boxes(box: Rect, reach: int) -> Iterator[Rect]:
    for left in (box.left, box.right - reach):
        for top in (box.top, box.bottom - reach):
            yield Rect(left, top, left + reach, top + reach)


def _corners_of(box: Rect) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right, box.bottom


def _with_room(box: Rect, room: int) -> Rect:
    return Rect(box.left - room, box.top - room, box.right + room, box.bottom + room)


def _smoothly(image: Image.Image, part: Rect, shape: Block | Polygon | Line) -> None:
    """Paint what of `shape` lies within `part`, its edges smoothed: in a larger copy of that part."""
    within = Rect(
        max(part.left, 0),
        max(part.top, 0),
        min(part.right, image.width),
        min(part.bottom, image.height),
    )
    if within.width <= 0 or within.height <= 0:
        return
    size = (within.width * _FINE, within.height * _FINE)
    large = image.crop(_corners_of(within)).resize(size, Image.Resampling.NEAREST)
    draw, origin = ImageDraw.Draw(large), (within.left, within.top)
    match shape:
        case Block():
            _paint_rectangle(draw, shape, origin, _FINE)
        case Polygon():
            _paint_polygon(draw, shape, origin)
        case Line():
            _paint_line(draw, shape, origin)
    image.paste(large.reduce(_FINE), origin)


def _fine(point: Point, origin: Point) -> Point:
    return (point[0] - origin[0]) * _FINE, (point[1] - origin[1]) * _FINE


def _paint_rectangle(draw: ImageDraw.ImageDraw, block: Block, origin: Point, times: int) -> None:
    box = block.box.shifted(-origin[0], -origin[1])
    corners = (box.left * times, box.top * times, box.right * times - 1, box.bottom * times - 1)
    width = block.thickness * times if block.edge is not None else 0
    draw.rounded_rectangle(
        corners, block.radius * times, fill=block.fill, outline=block.edge, width=width
    )


def _paint_polygon(draw: ImageDraw.ImageDraw, polygon: Polygon, origin: Point) -> None:
    points = [_fine(point, origin) for point in polygon.points]
    draw.polygon(points, fill=polygon.fill)
    if polygon.edge is not None:
        closed = [*points, *points[:2]]
        draw.line(closed, polygon.edge, polygon.thickness * _FINE, joint="curve")


def _paint_line(draw: ImageDraw.ImageDraw, line: Line, origin: Point) -> None:
    points = [_fine(point, origin) for point in line.points]
    if line.arrow:
        (from_x, from_y), (x, y) = points[-2:]
        turn = math.atan2(y - from_y, x - from_x)
        long, half = _ARROW_LENGTH * _FINE, _ARROW_HALF * _FINE
        back_x, back_y = x - long * math.cos(turn), y - long * math.sin(turn)
        aside_x, aside_y = half * math.sin(turn), -half * math.cos(turn)
        head = [
            (x, y),
            (back_x + aside_x, back_y + aside_y),
            (back_x - aside_x, back_y - aside_y),
        ]
        draw.polygon(head, fill=line.colour)
        points[-1] = round(back_x), round(back_y)
    draw.line(points, line.colour, line.thickness * _FINE, joint="curve")


def _paint_words(
    draw: ImageDraw.ImageDraw, corner: Point, text: str, kind: fonts.Type, colour: Colour
) -> None:
    if not text:
        return
    mask, (left, top) = fonts.mask(text, kind)
    draw.bitmap((corner[0] + left, corner[1] + top), mask, colour)


def _paint_cells(image: Image.Image, draw: ImageDraw.ImageDraw, cells: Cells) -> None:
    small = Image.frombytes("RGB", (cells.columns, cells.rows), cells.colours)
    size = (cells.box.width, cells.box.height)
    image.paste(small.resize(size, Image.Resampling.NEAREST), (cells.box.left, cells.box.top))
    for position, sign in cells.signs:
        _paint_sign(draw, cell_box(cells, position), sign, has_number=bool(cells.numbers))
    if cells.numbers:
        _paint_gaps(draw, cells)
    for position, number in enumerate(cells.numbers):
        box = cell_box(cells, position)
        ground = cells.colours[position * 3 : position * 3 + 3]
        left = box.left + (box.width - fonts.width(number, fonts.BODY)) // 2
        top = box.top + (box.height - fonts.BODY.line) // 2
        colour = ink_on((ground[0], ground[1], ground[2]))
        _paint_words(draw, (left, top), number, fonts.BODY, colour)


def cell_box(cells: Cells, position: int) -> Rect:
    """Return where the cell at `position` stands in the picture."""
    row, column = divmod(position, cells.columns)
    box = cells.box
    return Rect(
        box.left + box.width * column // cells.columns,
        box.top + box.height * row // cells.rows,
        box.left + box.width * (column + 1) // cells.columns,
        box.top + box.height * (row + 1) // cells.rows,
    )


def _paint_gaps(draw: ImageDraw.ImageDraw, cells: Cells) -> None:
    box = cells.box
    for column in range(1, cells.columns):
        x = box.left + box.width * column // cells.columns
        draw.line((x, box.top, x, box.bottom - 1), BLACK, 1)
    for row in range(1, cells.rows):
        y = box.top + box.height * row // cells.rows
        draw.line((box.left, y, box.right - 1, y), BLACK, 1)


def _paint_sign(draw: ImageDraw.ImageDraw, box: Rect, sign: Sign, *, has_number: bool) -> None:
    """Mark a cell by a shape, for a colour alone says nothing to some eyes."""
    if sign == "nan" and has_number:
        _paint_hatch(draw, box)
    elif sign == "nan":
        right, bottom = box.right - 1, box.bottom - 1
        thick = 1 if box.width < 12 else 2
        draw.line((box.left, box.top, right, bottom), BLACK, thick)
        draw.line((box.left, bottom, right, box.top), BLACK, thick)
    elif not has_number:
        _paint_infinity(draw, box, plus=sign == "+inf")


def _paint_infinity(draw: ImageDraw.ImageDraw, box: Rect, *, plus: bool) -> None:
    x, y = box.centre
    reach = max(1, min(box.width, box.height) // 3)
    thick = 1 if box.width < 12 else 2
    draw.line((x - reach, y, x + reach, y), WHITE, thick)
    if plus:
        draw.line((x, y - reach, x, y + reach), WHITE, thick)


def _paint_hatch(draw: ImageDraw.ImageDraw, box: Rect) -> None:
    """Shade the lower corners, where no letters stand."""
    for offset in range(0, min(box.width, box.height) // 3, 5):
        bottom = box.bottom - 1
        draw.line((box.left, bottom - offset, box.left + offset, bottom), BLACK, 1)
        draw.line((box.right - 1, box.top + offset, box.right - 1 - offset, box.top), BLACK, 1)
