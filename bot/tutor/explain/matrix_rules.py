"""Rules for products of matrices and vectors whose sizes do not meet."""

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import Facts, elements, is_simple, shape_of, span, transposed
from bot.tutor.explain.operations import box, operation
from bot.tutor.explain.rule import SIZES, Found, N, Rules, told
from bot.tutor.ports import Wording
from sandbox.failure import Item

RULES = Rules()


@RULES.of(
    "matmul-shapes",
    "RuntimeError",
    rf"mat1 and mat2 shapes cannot be multiplied \({N}x{N} and {N}x{N}\)",
)
def _matmul(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    rows, last, first, columns = map(int, found.groups())
    if last == first:
        return None
    if facts.module is not None:
        return _linear(say, facts, last, (first, columns))
    return _product(say, facts, (rows, last), (first, columns))


@RULES.of(
    "matmul-shapes", "RuntimeError", rf"size mismatch, m1: \[{N} x {N}\], m2: \[{N} x {N}\] at .*"
)
def _matmul_older(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return _matmul(say, facts, found)


def _linear(say: Wording, facts: Facts, last: int, weight: tuple[int, int]) -> Explanation | None:
    """A linear layer was given examples of another length than it was made for."""
    wanted, gives = weight
    given = facts.inputs[0] if facts.inputs else None
    agrees = facts.size("in_features") == wanted and facts.size("out_features") == gives
    if given is None or given.shape is None or not agrees or facts.module is None:
        return None
    if not given.shape or given.shape[-1] != last:
        return None
    layer = facts.module.path or facts.module.kind
    meaning = say(
        "The last size of what {layer} takes must be {wanted} (its `in_features`), but what arrives has "
        "the shape {shape}: its last size is {last}.",
        layer=span(layer),
        wanted=wanted,
        shape=shape_of(given),
        last=last,
    )
    picture = operation(
        f"{layer}({given.text})",
        "@",
        (box(given, given.shape, (-1,), str(wanted)), box(layer, weight, (0,), str(last))),
        say("arriving: {got}, expected: {wanted}", got=last, wanted=wanted),
    )
    if len(given.shape) > 2 and elements(given.shape[1:]) == wanted:
        return told(
            meaning,
            say(
                "{product} = {wanted}: each example still has several dimensions, because nothing "
                "flattened it before the linear layer.",
                product=" × ".join(map(str, given.shape[1:])),
                wanted=wanted,
            ),
            say(
                "Flatten each example first: put this layer right before {layer}.",
                layer=span(layer),
            ),
            "torch.nn.Flatten()",
            topic="shape",
            picture=picture,
        )
    return told(
        meaning,
        say("The layer before gives another size than this one was made for, or the data has one."),
        say("If the data is right, make the layer for {last} numbers:", last=last),
        f"torch.nn.Linear({last}, {gives})",
        topic="shape",
        picture=picture,
    )


def _product(
    say: Wording, facts: Facts, one: tuple[int, int], two: tuple[int, int]
) -> Explanation | None:
    pair = facts.pair
    left, right = pair or (None, None)
    if not (_flattens_to(left, one) and _flattens_to(right, two)):
        return None
    last, first = one[1], two[0]
    left_shape = left.shape if left and left.shape else one
    right_shape = right.shape if right and right.shape else two
    sign = facts.operator if facts.operator in ("@", "@=") else "@"
    return told(
        say(
            "{left} has the shape {one} and {right} has {two}. In a matrix product the last size of "
            "the left one ({last}) must equal the first size of the right one ({first}).",
            left=span(left) if left else say("the left matrix"),
            one=shape_of(left_shape),
            right=span(right) if right else say("the right matrix"),
            two=shape_of(right_shape),
            last=last,
            first=first,
        ),
        say("One of the two is turned the other way, or has another size than you think."),
        *_turned(say, left, right, one, two),
        topic="shape",
        picture=operation(
            facts.site.source if facts.site else "A @ B",
            sign,
            (
                box(left or "A", left_shape, (-1,), str(first)),
                box(right or "B", right_shape, (-2,), str(last)),
            ),
            say("{last} and {first} must be equal", last=last, first=first),
        ),
    )


def _turned(
    say: Wording,
    left: Item | None,
    right: Item | None,
    one: tuple[int, int],
    two: tuple[int, int],
) -> tuple[str, str]:
    """Return what to try: the transpose that fits, if exactly one does."""
    fits_right, fits_left = one[1] == two[1], one[0] == two[0]
    if left and right and is_simple(left.text) and is_simple(right.text):
        if fits_right and not fits_left and right.shape == two:
            return (
                say("{name} fits once it is transposed:", name=span(right)),
                f"{left.text} @ {transposed(right.text)}",
            )
        if fits_left and not fits_right and left.shape == one:
            return (
                say("{name} fits once it is transposed:", name=span(left)),
                f"{transposed(left.text)} @ {right.text}",
            )
    return say("Print both shapes right before this line, and see which of them surprises you."), ""


def _flattens_to(item: Item | None, matrix: tuple[int, int]) -> bool:
    """Tell whether torch may have seen this operand as `matrix`; what is unknown may be anything."""
    if item is None or (item.kind is None and item.shape is None):
        return True
    shape = item.shape
    if not shape:
        return False
    if len(shape) == 1:
        return shape[0] in matrix and 1 in matrix
    return shape[-1] == matrix[1] and elements(shape[:-1]) == matrix[0]


@RULES.of(
    "bmm-shapes",
    "RuntimeError",
    rf"Expected size for first two dimensions of batch2 tensor to be: {SIZES} but got: {SIZES}\.",
)
def _bmm(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    pair = facts.pair
    wanted = tuple(int(n) for n in found[1].split(","))
    got = tuple(int(n) for n in found[2].split(","))
    if pair is None or len(wanted) != 2 or len(got) != 2:
        return None
    left, right = pair
    if not (left.shape and right.shape and right.shape[:2] == got):
        return None
    if (left.shape[0], left.shape[-1]) != wanted:
        return None
    clash = tuple(n for n in (0, 1) if wanted[n] != got[n])
    bad_left = tuple(-1 if n else 0 for n in clash)
    return told(
        say(
            "{left} has the shape {one} and {right} has {two}. `bmm` multiplies matrix by matrix: "
            "the batch sizes must be equal, and the last size of the left one must equal the "
            "middle size of the right one.",
            left=span(left),
            one=shape_of(left),
            right=span(right),
            two=shape_of(right),
        ),
        say("One of the two is turned the other way, or has another size than you think."),
        say(
            "The right one has to begin with {wanted}, not with {got}.",
            wanted=shape_of(wanted),
            got=shape_of(got),
        ),
        topic="shape",
        picture=operation(
            facts.site.source if facts.site else "bmm",
            "@",
            (
                box(left, left.shape, bad_left),
                box(right, right.shape, clash, str(wanted[clash[0]])),
            ),
            say(
                "The right one has to begin with {wanted}, not with {got}.",
                wanted=shape_of(wanted),
                got=shape_of(got),
            ),
        )
        if clash
        else None,
    )


@RULES.of(
    "matrix-vector",
    "RuntimeError",
    rf"size mismatch, got input \({N}\), mat \({N}x{N}\), vec \({N}\)",
)
def _matrix_vector(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    _, rows, columns, length = map(int, found.groups())
    pair = facts.pair
    if columns == length:
        return None
    matrix, vector = pair or (None, None)
    if facts.module is not None or (matrix and matrix.shape not in (None, (rows, columns))):
        return None
    if vector and vector.shape not in (None, (length,)):
        return None
    meaning = say(
        "{matrix} has the shape {one} and {vector} has {two}. The vector has to be as long as the matrix "
        "is wide: {columns}, not {length}.",
        matrix=span(matrix) if matrix else say("the matrix"),
        one=shape_of((rows, columns)),
        vector=span(vector) if vector else say("the vector"),
        two=shape_of((length,)),
        columns=columns,
        length=length,
    )
    is_sure = matrix and vector and is_simple(matrix.text) and is_simple(vector.text)
    code = (
        f"{transposed(matrix.text)} @ {vector.text}"
        if is_sure and rows == length and matrix and vector
        else ""
    )
    return told(
        meaning,
        say("The matrix is turned the other way, or the vector has another length than you think."),
        say("{name} fits once it is transposed:", name=span(matrix))
        if code and matrix
        else say("Print both shapes right before this line, and see which of them surprises you."),
        code,
        topic="shape",
        picture=operation(
            facts.site.source if facts.site else "M @ v",
            "@",
            (
                box(matrix or "M", (rows, columns), (1,), str(length)),
                box(vector or "v", (length,), (0,), str(columns)),
            ),
            say("{last} and {first} must be equal", last=columns, first=length),
        ),
    )


@RULES.of(
    "dot-lengths",
    "RuntimeError",
    rf"inconsistent tensor size, expected tensor \[{N}\] and src \[{N}\] to have the same number of "
    rf"elements, but got {N} and {N} elements respectively",
)
def _dot(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    one, two, *again = map(int, found.groups())
    pair = facts.pair
    if [one, two] != again or one == two or pair is None:
        return None
    left, right = pair
    if left.shape not in (None, (one,)) or right.shape not in (None, (two,)):
        return None
    return told(
        say(
            "{left} has the length {one} and {right} has {two}. A dot product multiplies their numbers "
            "pair by pair, so both need the same length.",
            left=span(left),
            one=one,
            right=span(right),
            two=two,
        ),
        say("One of the vectors was made, or cut, to another length than you think."),
        say("Print both shapes right before this line, and see which of them surprises you."),
        topic="shape",
        picture=operation(
            facts.site.source if facts.site else "dot",
            "@",
            (box(left, (one,), (0,), str(two)), box(right, (two,), (0,), str(one))),
            say("{last} and {first} must be equal", last=one, first=two),
        ),
    )


@RULES.of(
    "matmul-scalar",
    "RuntimeError",
    r"both arguments to matmul need to be at least 1D, but they are (\d)D and (\d)D",
)
def _matmul_scalar(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    dims = [int(n) for n in found.groups()]
    pair = facts.pair
    if pair is None or 0 not in dims:
        return None
    if any(
        one.shape is not None and len(one.shape) != n for one, n in zip(pair, dims, strict=True)
    ):
        return None
    number = pair[dims.index(0)]
    simple = all(is_simple(one.text) for one in pair)
    return told(
        say(
            "{name} is a single number (its shape is `[]`), and a matrix product needs a vector or a "
            "matrix on both sides.",
            name=span(number),
        ),
        say(
            "Either a plain multiplication was meant, or an earlier line made {name} too small.",
            name=span(number),
        ),
        say("To multiply everything by the number, write `*` instead of `@`:")
        if simple
        else say("To multiply everything by the number, write `*` instead of `@`."),
        f"{pair[0].text} * {pair[1].text}" if simple else "",
        topic="shape",
    )
