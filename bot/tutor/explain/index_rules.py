"""Rules for indices, dimensions and masks that are not there or do not fit."""

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import Facts, is_simple, numbers, shape_of, span
from bot.tutor.explain.rule import SIZES, Found, N, Rules, told
from bot.tutor.ports import Wording

RULES = Rules()


@RULES.of(
    "index-range",
    "IndexError",
    rf"index (-?\d{{1,19}}) is out of bounds for dimension {N} with size {N}",
)
def _index(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    index, dim, size = map(int, found.groups())
    tensor = facts.operand("self")
    if -size <= index < size:
        return None
    if tensor and tensor.shape is not None and size not in tensor.shape:
        return None
    name = span(tensor) if tensor else say("the tensor")
    if size == 0:
        return told(
            say(
                "Dimension {dim} of {name} is empty, so there is no index {index}.",
                dim=dim,
                name=name,
                index=index,
            ),
            say("An earlier selection left nothing over."),
            say("Print the shape of {name} right before this line.", name=name),
            topic="shape",
        )
    return told(
        say(
            "Along dimension {dim} {name} has the size {size}: its indices go from 0 to {last}, so there is "
            "no index {index}.",
            name=name,
            size=size,
            dim=dim,
            last=size - 1,
            index=index,
        ),
        say("Counting starts at 0, so the last index is one less than the size."),
        say("The last one is `{last}`, or `-1` counted from the end.", last=size - 1),
        topic="shape",
    )


@RULES.of(
    "dim-range",
    "IndexError",
    r"Dimension out of range \(expected to be in range of \[(-?\d{1,3}), (-?\d{1,3})\], but got "
    r"(-?\d{1,19})\)",
)
def _dim(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    low, high, got = map(int, found.groups())
    tensor = facts.operand("self") or facts.operand("0")
    if low <= got <= high:
        return None
    has = len(tensor.shape) if tensor and tensor.shape is not None else None
    if has is not None and max(has, 1) not in (high + 1, high):
        return None
    name = span(tensor) if tensor else say("the tensor")
    code = ""
    if facts.site and tensor and is_simple(tensor.text) and has and has == high + 1:
        code = facts.site.source.replace(f"dim={got}", f"dim={high}", 1)
        code = "" if code == facts.site.source or len(code) > 100 else code
    shape = (
        say("{name} has the shape {shape}.", name=name, shape=shape_of(tensor))
        if has is not None and tensor
        else ""
    )
    meaning = (
        say(
            "It has only dimension 0, which is also called -1: there is no dimension {got}.",
            got=got,
        )
        if high == 0
        else say(
            "Its dimensions are numbered from 0 to {high} (or {low} to -1 from the end): there is no "
            "dimension {got}.",
            high=high,
            low=low,
            got=got,
        )
    )
    return told(
        f"{shape} {meaning}".strip(),
        say("Dimensions are counted from 0, and a vector has only dimension 0."),
        say("The last dimension is {high}:", high=high)
        if code
        else say(
            "Choose one of the dimensions that are there, or print the shape to see what went missing."
        ),
        code,
        topic="shape",
    )


@RULES.of("too-many-indices", "IndexError", rf"too many indices for tensor of dimension {N}")
def _too_many(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    has = int(found[1])
    tensor = facts.operand("self")
    if tensor and tensor.shape is not None and len(tensor.shape) != has:
        return None
    given = sum(one.role == "index" for one in facts.operands)
    if facts.site and given <= has:
        return None
    return told(
        say(
            "{name} is {has}-dimensional, and the brackets hold {given} indices.",
            name=span(tensor) if tensor else say("the tensor"),
            has=has,
            given=given or has + 1,
        ),
        say(
            "The tensor has fewer dimensions than you think, for example a row instead of a matrix."
        ),
        say("Use no more indices than dimensions, or print its shape to see what went missing."),
        topic="shape",
    )


@RULES.of(
    "mask-shape",
    "IndexError",
    rf"The shape of the mask {SIZES} at index {N} does not match the shape of the indexed tensor {SIZES} "
    rf"at index {N}",
)
def _mask(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    mask_shape, shape = numbers(found[1]), numbers(found[3])
    tensor, mask = facts.operand("self"), facts.operand("index")
    if mask_shape == shape:
        return None
    if tensor and tensor.shape is not None and tensor.shape != shape:
        return None
    if mask and mask.shape is not None and mask.shape != mask_shape:
        return None
    return told(
        say(
            "{name} has the shape {shape}, and the mask {mask} has {other}. A mask says yes or no to "
            "each entry, so it needs the same sizes.",
            name=span(tensor) if tensor else say("the tensor"),
            shape=shape_of(shape),
            mask=span(mask) if mask else "",
            other=shape_of(mask_shape),
        ),
        say("The mask was made from another tensor, or from an older version of this one."),
        say("Make the mask from the tensor itself:"),
        f"mask = {tensor.text} > 0\n{tensor.text}[mask]"
        if tensor and is_simple(tensor.text)
        else "mask = x > 0\nx[mask]",
        topic="shape",
    )


@RULES.of(
    "index-dtype", "IndexError", r"tensors used as indices must be long, int, byte or bool tensors"
)
def _index_dtype(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    index = facts.operand("index", "1", "0")
    if (
        index
        and index.dtype is not None
        and not index.dtype.startswith(("float", "bfloat", "complex"))
    ):
        return None
    known = index is not None and index.dtype is not None
    return told(
        say(
            "{name} holds `{dtype}` numbers. An index counts places, so it must be whole numbers.",
            name=span(index),
            dtype=index.dtype,
        )
        if index and known
        else say("An index counts places, so it must be whole numbers, and these are not."),
        say("A division, or `torch.rand`, made floating-point numbers of it."),
        say("Turn the index into whole numbers:")
        if known
        else say("Turn the index into whole numbers with `.long()`."),
        f"{index.text}.long()" if index and known and is_simple(index.text) else "",
        topic="dtype",
    )


@RULES.of("list-index", "IndexError", r"(list|tuple) index out of range", by="python", alone=False)
def _list_index(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    owner, index = facts.operand("self"), facts.operand("index")
    if owner is None or index is None or owner.kind != found[1] or owner.length is None:
        return None
    if index.kind != "int" or index.value is None:
        return None
    if -owner.length <= int(index.value) < owner.length:
        return None
    if owner.length == 0:
        return told(
            say(
                "{name} is empty, so it has no entry {index}.", name=span(owner), index=index.value
            ),
            say("Nothing has been put into it yet, or an earlier line emptied it."),
            say("Print {name} right before this line.", name=span(owner)),
        )
    return told(
        say(
            "{name} has the length {size}: its indices go from 0 to {last}, so there is no index {index}.",
            name=span(owner),
            size=owner.length,
            last=owner.length - 1,
            index=index.value,
        ),
        say("Counting starts at 0, so the last index is one less than the size."),
        say("The last one is `{last}`, or `-1` counted from the end.", last=owner.length - 1),
    )
