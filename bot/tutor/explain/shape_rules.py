"""Rules for shapes: broadcasting, viewing, joining, expanding, permuting."""

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import (
    Facts,
    elements,
    is_simple,
    numbers,
    shape_of,
    span,
    transposed,
)
from bot.tutor.explain.operations import box, broadcast_clashes, operation
from bot.tutor.explain.rule import SIZES, Found, N, Rules, told
from bot.tutor.ports import Wording
from sandbox.failure import Item

RULES = Rules()


@RULES.of(
    "broadcast",
    "RuntimeError",
    rf"The size of tensor a \({N}\) must match the size of tensor b \({N}\) at non-singleton "
    rf"dimension {N}",
)
def _broadcast(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    one, two, place = map(int, found.groups())
    pair = _clashing(facts, {one, two}, place)
    if one == two or pair is None:
        return None
    left, right = pair
    if left.shape is None or right.shape is None:
        return None
    is_product = facts.operator in ("@", "matmul")
    sign = facts.operator if facts.site and facts.site.kind == "binary" else "↔"
    clash = _places(left.shape, right.shape, place)
    picture = operation(
        facts.site.source if facts.site else "",
        sign,
        (box(left, left.shape, (clash,)), box(right, right.shape, (clash,))),
        say("{last} meets {first}", last=left.shape[clash], first=right.shape[clash]),
        right_aligned=True,
    )
    if is_product:
        meaning = say(
            "{left} has the shape {one} and {right} has {two}. Before their matrices are multiplied, "
            "the sizes in front of the last two must be equal, or one of them 1: here {a} meets {b}.",
            left=span(left),
            one=shape_of(left),
            right=span(right),
            two=shape_of(right),
            a=left.shape[clash],
            b=right.shape[clash],
        )
    else:
        meaning = say(
            "{left} has the shape {one} and {right} has {two}. Compared from the right, each pair of "
            "sizes must be equal, or one of them 1: here {a} meets {b}.",
            left=span(left),
            one=shape_of(left),
            right=span(right),
            two=shape_of(right),
            a=left.shape[clash],
            b=right.shape[clash],
        )
    return told(
        meaning,
        say("A dimension is missing, turned around, or has another size than you think."),
        *_aligned(say, facts, left, right),
        topic="shape",
        picture=picture,
    )


def _clashing(facts: Facts, sizes: set[int], place: int) -> tuple[Item, Item] | None:
    """Return the two tensors whose sizes clash as the message says, if exactly two do."""
    known = facts.inputs if facts.module else facts.tensors
    last_two = 2 if facts.operator in ("@", "matmul") else 0
    found = []
    for n, left in enumerate(known):
        for right in known[n + 1 :]:
            one, two = left.shape or (), right.shape or ()
            if last_two:
                one, two = one[:-last_two], two[:-last_two]
            most = max(len(one), len(two))
            for end, _ in broadcast_clashes(one, two):
                if {one[end], two[end]} == sizes and most + end == place:
                    found.append((left, right))
    return found[0] if len(found) == 1 else None


def _places(one: tuple[int, ...], two: tuple[int, ...], place: int) -> int:
    """Return the clashing position, counted from the end, as a negative number."""
    return place - max(len(one), len(two))


def _aligned(say: Wording, facts: Facts, left: Item, right: Item) -> tuple[str, str]:
    """Return what to try: the one change of shape that makes them fit, where it is certain."""
    one, two = left.shape or (), right.shape or ()
    sure = (
        facts.site is not None
        and facts.site.kind == "binary"
        and facts.operator in ("+", "-", "*", "/")
        and is_simple(left.text)
        and is_simple(right.text)
    )
    sign = facts.operator
    if sure and len(one) == 2 and two == (one[0],):
        text = say(
            "If {name} has one number for each row, give it a second dimension:", name=span(right)
        )
        return text, f"{left.text} {sign} {right.text}.unsqueeze(1)"
    if sure and len(two) == 2 and one == (two[0],):
        text = say(
            "If {name} has one number for each row, give it a second dimension:", name=span(left)
        )
        return text, f"{left.text}.unsqueeze(1) {sign} {right.text}"
    if sure and len(one) == 2 and two == one[::-1]:
        text = say("{name} fits once it is transposed:", name=span(right))
        return text, f"{left.text} {sign} {transposed(right.text)}"
    return say("Print both shapes right before this line, and see which of them surprises you."), ""


@RULES.of("view-size", "RuntimeError", rf"shape '{SIZES}' is invalid for input of size {N}")
def _view_size(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    wanted, size = numbers(found[1]), int(found[2])
    tensor = facts.operand("self") or facts.operand("0")
    if tensor is None or (tensor.shape is not None and elements(tensor.shape) != size):
        return None
    known = [n for n in wanted if n != -1]
    product = " × ".join(map(str, known))
    if len(known) == len(wanted):
        if elements(wanted) == size:
            return None
        meaning = say(
            "{name} has {size} elements in all, and the shape {wanted} has room for {product} = {room}. "
            "A new shape must hold exactly as many.",
            name=span(tensor),
            size=size,
            wanted=shape_of(wanted),
            product=product,
            room=elements(wanted),
        )
    else:
        meaning = say(
            "{name} has {size} elements in all, and {size} cannot be divided evenly by {product}: no whole "
            "number can take the place of the -1.",
            name=span(tensor),
            size=size,
            product=product,
        )
    fitting = [n for n in (known[-1:] or [0]) if n > 0 and size % n == 0 and len(wanted) == 2]
    code = ""
    if fitting and is_simple(tensor.text) and len(known) == len(wanted):
        code = f"{tensor.text}.reshape(-1, {fitting[0]})"
    return told(
        meaning,
        say("The tensor has another size than you think, or one number of the new shape is off."),
        say("Write -1 for one size, and PyTorch works it out:")
        if code
        else say("Choose sizes whose product is {size}; one of them may be -1.", size=size),
        code,
        topic="shape",
    )


@RULES.of(
    "view-stride",
    "RuntimeError",
    r"view size is not compatible with input tensor's size and stride \(at least one dimension spans "
    r"across two contiguous subspaces\)\. Use \.reshape\(\.\.\.\) instead\.",
)
def _view_stride(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    tensor = facts.operand("self")
    if facts.operator != "view" and facts.site is not None:
        return None
    code = ""
    if tensor and facts.site and is_simple(tensor.text) and len(facts.site.source) < 100:
        code = facts.site.source.replace(".view(", ".reshape(", 1)
    return told(
        say(
            "The numbers of {name} do not lie in memory in the order of its shape, and `view` never "
            "moves any: it only looks at the same memory in another way.",
            name=span(tensor) if tensor else say("the tensor"),
        ),
        say("That comes from `.T`, `transpose` or `permute`: they turn the shape, not the memory."),
        say("`reshape` copies where it must:")
        if code
        else say("Use `reshape` instead of `view`: it copies where it must."),
        code,
        topic="shape",
    )


@RULES.of(
    "cat-sizes",
    "RuntimeError",
    rf"Sizes of tensors must match except in dimension {N}\. Expected size {N} but got size {N} for "
    rf"tensor number {N} in the list\.",
)
def _cat(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    dim, wanted, got, number = map(int, found.groups())
    parts = facts.tensors
    if wanted == got:
        return None
    first = parts[0] if parts else None
    other = parts[number] if number < len(parts) else None
    whole = first is not None and other is not None and first.shape and other.shape
    clash = None
    if first and other and first.shape and other.shape:
        clashes = [
            n
            for n, (a, b) in enumerate(zip(first.shape, other.shape, strict=False))
            if n != dim and (a, b) == (wanted, got)
        ]
        if not clashes:
            return None
        clash = clashes[0]
    meaning = (
        say(
            "{left} has the shape {one} and {right} has {two}. Joined along dimension {dim}, all other "
            "sizes must be equal: here {a} meets {b}.",
            left=span(first),
            one=shape_of(first),
            right=span(other),
            two=shape_of(other),
            dim=dim,
            a=wanted,
            b=got,
        )
        if whole and first and other
        else say(
            "Joined along dimension {dim}, all other sizes must be equal: tensor number {number} "
            "(counted from 0) has a {b} where the first has a {a}.",
            dim=dim,
            number=number,
            a=wanted,
            b=got,
        )
    )
    code = ""
    if clash is not None and first and other and first.shape and other.shape and len(parts) == 2:
        rest = [n for n in range(len(first.shape)) if n != clash]
        fits = len(first.shape) == len(other.shape) and all(
            first.shape[n] == other.shape[n] for n in rest
        )
        if fits and is_simple(first.text) and is_simple(other.text):
            code = f"torch.cat([{first.text}, {other.text}], dim={clash})"
    picture = None
    if clash is not None and first and other and first.shape and other.shape:
        picture = operation(
            facts.site.source if facts.site else "cat",
            "cat",
            (box(first, first.shape, (clash,)), box(other, other.shape, (clash,), str(wanted))),
            say("{last} meets {first}", last=wanted, first=got),
        )
    return told(
        meaning,
        say(
            "They were meant to be joined along another dimension, or one of them has the wrong size."
        ),
        say("Along dimension {dim} they fit:", dim=clash)
        if code
        else say("Print the shapes of all of them, and make every size but that one equal."),
        code,
        topic="shape",
        picture=picture,
    )


@RULES.of(
    "stack-sizes",
    "RuntimeError",
    rf"stack expects each tensor to be equal size, but got {SIZES} at entry {N} and {SIZES} at entry {N}",
)
def _stack(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    one, two = numbers(found[1]), numbers(found[3])
    first, other = int(found[2]), int(found[4])
    parts = facts.tensors
    names = [f"[{first}]", f"[{other}]"]
    if one == two:
        return None
    if max(first, other) < len(parts):
        if parts[first].shape != one or parts[other].shape != two:
            return None
        names = [parts[first].text, parts[other].text]
    clash = tuple(n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b)
    return told(
        say(
            "{left} has the shape {one} and {right} has {two}. `stack` puts tensors of exactly the same "
            "shape on top of each other.",
            left=span(names[0]),
            one=shape_of(one),
            right=span(names[1]),
            two=shape_of(two),
        ),
        say("The tensors, for example rows or images of a batch, have different lengths."),
        say("Cut or pad them to one shape first. To join them end to end, use `torch.cat`."),
        topic="shape",
        picture=operation(
            facts.site.source if facts.site else "stack",
            "stack",
            (box(names[0], one, clash), box(names[1], two, clash)),
            say("`stack` needs equal shapes"),
        ),
    )


@RULES.of(
    "expand",
    "RuntimeError",
    rf"The expanded size of the tensor \({N}\) must match the existing size \({N}\) at non-singleton "
    rf"dimension {N}\.  Target sizes: {SIZES}\.  Tensor sizes: {SIZES}",
)
def _expand(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    target, own = numbers(found[4]), numbers(found[5])
    if int(found[1]) == int(found[2]) or not broadcast_clashes(target, own):
        return None
    tensor = facts.operand("self") or facts.operand("0")
    if facts.operator == "[]":
        return told(
            say(
                "The place {name} has the shape {target}, and what is to be put there has {own}.",
                name=span(facts.site.source if facts.site else "x[…]"),
                target=shape_of(target),
                own=shape_of(own),
            ),
            say(
                "The value was made for another place, or the index picks another part than you think."
            ),
            say("Print the shape of both sides right before this line."),
            topic="shape",
        )
    if tensor is None or (tensor.shape is not None and tensor.shape != own):
        return None
    return told(
        say(
            "{name} has the shape {own}, and {target} was asked for. `expand` repeats only dimensions "
            "of size 1; all others must stay: here {b} would have to become {a}.",
            name=span(tensor),
            own=shape_of(own),
            target=shape_of(target),
            a=int(found[1]),
            b=int(found[2]),
        ),
        say(
            "Sizes are compared from the right, so a size 1 is missing or stands in another place."
        ),
        say("Add the dimension with `unsqueeze` first, or copy the numbers with `repeat`."),
        topic="shape",
    )


@RULES.of(
    "permute-dims",
    "RuntimeError",
    rf"permute\(sparse_coo\): number of dimensions in the tensor input does not match the length of the "
    rf"desired ordering of dimensions i\.e\. input\.dim\(\) = {N} is not equal to len\(dims\) = {N}",
)
def _permute(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    has, asked = int(found[1]), int(found[2])
    tensor = facts.operand("self") or facts.operand("0")
    if has == asked or (tensor and tensor.shape is not None and len(tensor.shape) != has):
        return None
    return told(
        say(
            "{name} is {has}-dimensional, and the new order lists {asked}. `permute` needs each dimension "
            "exactly once.",
            name=span(tensor) if tensor else say("the tensor"),
            has=has,
            asked=asked,
        ),
        say("A batch or channel dimension is missing, or one was counted too many."),
        say(
            "Print its shape, then list the dimensions from 0 to {last} in the order you want.",
            last=has - 1,
        ),
        topic="shape",
    )


@RULES.of("iterate-scalar", "TypeError", r"iteration over a 0-d tensor")
def _iterate(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.failure.origin != "torch":
        return None
    return told(
        say("A tensor of shape `[]` is a single number: there is nothing in it to go through."),
        say("It was meant to be a list of numbers, or its number was meant as a count."),
        say("For a count, take the number out with `.item()`: `for i in range(n.item())`."),
        topic="shape",
    )
