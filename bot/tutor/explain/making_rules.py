"""Rules for making tensors, and for taking numbers out of them."""

import re

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import Facts, elements, is_simple, shape_of, span
from bot.tutor.explain.rule import Found, N, Rules, told
from bot.tutor.ports import Wording

RULES = Rules()

MOST_TESTED = 48

_MAKERS = ("tensor", "as_tensor", "FloatTensor", "LongTensor", "Tensor", "asarray")


@RULES.of("item-many", "RuntimeError", rf"a Tensor with {N} elements cannot be converted to Scalar")
def _item(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    count = int(found[1])
    tensor = facts.operand("self") or facts.operand("0")
    if count == 1 or (tensor and tensor.shape is not None and elements(tensor.shape) != count):
        return None
    simple = tensor is not None and is_simple(tensor.text)
    return told(
        say(
            "{name} holds {count} numbers, and `item()` takes out one: it does not know which.",
            name=span(tensor) if tensor else say("the tensor"),
            count=count,
        ),
        say("The numbers were not put together into one, or one was not picked."),
        say("Pick one, take a mean, or ask for all of them as a list:"),
        f"{tensor.text}.tolist()" if simple and tensor else "x.tolist()",
        topic="shape",
    )


@RULES.of(
    "bool-many",
    "RuntimeError",
    r"Boolean value of Tensor with (more than one value|no values) is ambiguous",
)
def _bool(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if found[1] == "no values":
        return told(
            say("The tensor is empty, so it is neither true nor false."),
            say("An earlier selection left nothing over."),
            say("Ask for its size instead: `if x.numel() > 0:`."),
        )
    site = facts.site
    cause = say("A comparison of tensors is done number by number.")
    if site is None or site.kind != "test" or len(site.source) > MOST_TESTED:
        return told(
            say(
                "A tensor with many values is asked for one truth value: that is what `if`, `while`, `and` and `not` need."
            ),
            cause,
            say("Say whether all of them count or any of them, for example:"),
            "(x > 0).all()",
            topic="what-a-tensor-is",
        )
    shaped = [one for one in facts.operands if one.shape]
    first = shaped[0] if shaped else None
    meaning = (
        say(
            "{name} has the shape {shape}, so {test} is not one truth value but many. `if`, `while`, `and` "
            "and `not` need exactly one.",
            name=span(first),
            shape=shape_of(first),
            test=span(site.source),
        )
        if first
        else say(
            "{test} is not one truth value but many. `if`, `while`, `and` and `not` need exactly one.",
            test=span(site.source),
        )
    )
    tested = f"({site.source})" if site.operator else site.source
    return told(
        meaning,
        cause
        if site.operator
        else say("Only a tensor with a single number is true or false by itself."),
        say("Say whether all of them count, or with `any()` whether one is enough:"),
        f"{tested}.all()",
        topic="what-a-tensor-is",
    )


@RULES.of("ragged", "ValueError", rf"expected sequence of length {N} at dim {N} \(got {N}\)")
def _ragged(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    wanted, dim, got = map(int, found.groups())
    if wanted == got or facts.operator not in _MAKERS:
        return None
    return told(
        say(
            "A tensor is a full grid of numbers, and these rows have different lengths: the first has "
            "{wanted} entries, a later one {got}.",
            wanted=wanted,
            got=got,
        )
        if dim == 1
        else say(
            "A tensor is a full grid of numbers, and these lists have different lengths: {wanted} and "
            "{got} in dimension {dim}.",
            wanted=wanted,
            got=got,
            dim=dim,
        ),
        say("A number is missing in one of the lists, or there is one too many."),
        say("Give all of them the same length, for example by filling up with zeros."),
        topic="what-a-tensor-is",
    )


@RULES.of(
    "tensor-of-tensors",
    "ValueError",
    r"only one element tensors can be converted to Python scalars",
)
def _of_tensors(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.operator in _MAKERS:
        return told(
            say(
                "`torch.tensor` makes a tensor of plain numbers, and this list holds whole tensors."
            ),
            say("Results were collected in a list, one tensor after the other."),
            say("Put them on top of each other:"),
            _stacked(facts),
            topic="what-a-tensor-is",
        )
    tensor = facts.operand("0")
    if facts.operator not in ("float", "int", "complex") or tensor is None:
        return None
    if tensor.shape is not None and elements(tensor.shape) == 1:
        return None
    meaning = (
        say(
            "{name} has the shape {shape}, and `{kind}()` makes one number of one number.",
            name=span(tensor),
            shape=shape_of(tensor),
            kind=facts.operator,
        )
        if tensor.shape is not None
        else say(
            "{name} holds more than one number, and `{kind}()` makes one number of one number.",
            name=span(tensor),
            kind=facts.operator,
        )
    )
    return told(
        meaning,
        say("The numbers were not put together into one, or one was not picked."),
        say("Pick one of them, or take `mean()` or `sum()` first."),
        topic="shape",
    )


def _stacked(facts: Facts) -> str:
    given = facts.operand("0", "data")
    return (
        f"torch.stack({given.text})" if given and len(given.text) < 60 else "torch.stack(results)"
    )


@RULES.of("tensor-of-strings", "ValueError", r"too many dimensions 'str'")
@RULES.of("tensor-of-strings", "TypeError", r"new\(\): invalid data type 'str'")
def _of_strings(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.operator not in _MAKERS:
        return None
    return told(
        say("A tensor holds numbers only, and this list holds text."),
        say("Data that was read from a file is text until it is turned into numbers."),
        say("Turn each entry into a number first, or give each word a number of its own:"),
        'torch.tensor([float(word) for word in ["1.5", "2"]])',
        topic="what-a-tensor-is",
    )


@RULES.of(
    "size-argument",
    "TypeError",
    r"(\w{1,30})\(\): argument '(\w{1,30})' (?:\(position (\d)\) )?must be ([\w ]{1,30}), not (\w{1,30})",
)
def _argument(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    function, argument, place, wanted, got = found.groups()
    if facts.operator != function or facts.site is None:
        return None
    given = next(
        (one for one in facts.operands if one.role in (argument, str(int(place or 1) - 1))), None
    )
    if given is None or given.kind not in (None, got):
        return None
    if argument == "size" and wanted == "tuple of ints" and got == "str":
        number = (given.value or "").strip("'\"")
        return told(
            say(
                "The sizes of a new tensor are whole numbers, and {name} is text (`str`).",
                name=span(given),
            ),
            say("Quotation marks make text of a number, and so does `input()`."),
            say("Leave out the quotation marks, or turn it into a number with `int`:"),
            f"torch.{function}({number})" if number.isdecimal() else f"torch.{function}(3)",
            topic="shape",
        )
    return told(
        say(
            "`{function}` wants `{wanted}` for `{argument}`, and {name} is `{got}`.",
            function=function,
            wanted=wanted,
            argument=argument,
            name=span(given),
            got=got,
        ),
        say("Another thing was passed in than you think, or the arguments are in another order."),
        say("Print `type(…)` of it right before this line."),
    )


@RULES.of(
    "memory",
    "RuntimeError",
    r"\[enforce fail at alloc_cpu\.cpp:\d{1,5}\] (?:err == 0|data)\. DefaultCPUAllocator: (?:can't allocate "
    rf"memory|not enough memory): you tried to allocate {N} bytes\.(?: Error code 12 \(Cannot allocate memory\))?",
)
def _memory(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    size = _readable(int(found[1]))
    sizes = re.fullmatch(r"[\d_ *]{1,40}", facts.operands[0].text) if facts.operands else None
    return told(
        say(
            "This line asks for {size} at once, and there is not that much memory here.", size=size
        ),
        say("One size is much larger than was meant.")
        if sizes
        else say(
            "A size is much larger than was meant, or broadcasting made a huge tensor of two small ones."
        ),
        say("Print the sizes that go in, and multiply them: a `float32` number takes 4 bytes."),
        topic="shape",
    )


def _readable(size: int) -> str:
    """Return a number of bytes as people say it."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            return f"{size:,.0f} {unit}"
        size //= 1000
    return ""
