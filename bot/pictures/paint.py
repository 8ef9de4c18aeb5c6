"""Paints a laid-out picture with Pillow: shapes at twice the size, then cells and words on top."""

import io
import math

from PIL import Image, ImageDraw

from bot.pictures import fonts
from bot.pictures.palette import BLACK, GROUND, RIM, WHITE, Colour, ink_on
from bot.pictures.scene import Block, Cells, Line, Piece, Point, Polygon, Rect, Sign, Words

MOST_PIXELS = 760 * 4000
"""Larger than any drawing needs; beyond it the layout must be at fault."""

_FINE = 2
_PACKING = 4
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
    size = (piece.width * _FINE, piece.height * _FINE)
    image = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(image)
    whole = (0, 0, size[0] - 1, size[1] - 1)
    draw.rectangle(whole, outline=RIM, width=2 * _FINE)
    for item in piece.items:
        match item:
            case Block():
                _paint_block(draw, item)
            case Polygon():
                points = [_fine(point) for point in item.points]
                draw.polygon(points, fill=item.fill)
                if item.edge is not None:
                    closed = [*points, *points[:2]]
                    draw.line(closed, item.edge, item.thickness * _FINE, joint="curve")
            case Line():
                _paint_line(draw, item)
            case _:
                pass
    return image.reduce(_FINE)


def _fine(point: Point) -> Point:
    return point[0] * _FINE, point[1] * _FINE


def _fine_box(box: Rect) -> tuple[int, int, int, int]:
    return (
        box.left * _FINE,
        box.top * _FINE,
        max(box.left, box.right) * _FINE - 1,
        max(box.top, box.bottom) * _FINE - 1,
    )


def _paint_block(draw: ImageDraw.ImageDraw, block: Block) -> None:
    if block.box.width <= 0 or block.box.height <= 0:
        return
    draw.rounded_rectangle(
        _fine_box(block.box),
        radius=block.radius * _FINE,
        fill=block.fill,
        outline=block.edge,
        width=block.thickness * _FINE if block.edge is not None else 0,
    )


def _paint_line(draw: ImageDraw.ImageDraw, line: Line) -> None:
    points = [_fine(point) for point in line.points]
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
    stroke = kind.stroke
    at = (corner[0] + stroke, corner[1] + kind.baseline)
    draw.text(
        at, text, colour, fonts.font(kind.size), "ls", stroke_width=stroke, stroke_fill=colour
    )


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
