"""Rules for numbers of the wrong kind, and tensors on different devices."""

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import Facts, dtype_named, is_simple, span
from bot.tutor.explain.rule import Found, Rules, told
from bot.tutor.ports import Wording
from sandbox.failure import Item

RULES = Rules()

_PROBABILITY_LOSSES = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
_WORD = r"([A-Za-z0-9:]{2,20}(?: int| char)?)"


@RULES.of(
    "matmul-dtype",
    "RuntimeError",
    rf"mat1 and mat2 must have the same dtype, but got {_WORD} and {_WORD}",
)
def _matmul(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return _different(say, facts, dtype_named(found[1]), dtype_named(found[2]))


@RULES.of(
    "matmul-dtype",
    "RuntimeError",
    rf"expected m1 and m2 to have the same dtype, but got: {_WORD} != {_WORD}",
)
def _addmm(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return _different(say, facts, dtype_named(found[2]), dtype_named(found[1]))


def _different(say: Wording, facts: Facts, one: str, two: str) -> Explanation | None:
    if one == two:
        return None
    if facts.module is not None:
        return _layer(say, facts, one, two)
    pair = facts.pair
    if pair is None:
        return None
    left, right = pair
    known = {item.dtype for item in pair if item.dtype is not None}
    if not known <= {one, two} or (left.dtype and left.dtype == right.dtype):
        return None
    whole = next(
        (item for item in pair if (item.dtype or "").startswith(("int", "uint", "bool"))), None
    )
    wide = next((item for item in pair if item.dtype == "float64"), None)
    bad = whole or wide
    code = ""
    if bad is not None and facts.operator == "@" and all(is_simple(item.text) for item in pair):
        sides = [f"{item.text}.float()" if item is bad else item.text for item in pair]
        code = " @ ".join(sides)
    return told(
        say(
            "{left} holds `{one}` numbers and {right} holds `{two}`. A matrix product needs the same "
            "kind on both sides.",
            left=span(left),
            one=left.dtype or (one if right.dtype == two else two),
            right=span(right),
            two=right.dtype or (two if left.dtype == one else one),
        ),
        _why(say, bad.dtype if bad and bad.dtype else one),
        say("Turn {name} into `float32`:", name=span(bad))
        if code and bad
        else say("Turn one of them into the other's kind, for example with `.float()`."),
        code,
        topic="dtype",
    )


def _layer(say: Wording, facts: Facts, one: str, two: str) -> Explanation | None:
    given = facts.inputs[0] if facts.inputs else None
    if given is None or given.dtype not in (one, two) or facts.module is None:
        return None
    other = two if given.dtype == one else one
    name = facts.module.path or facts.module.kind
    known = is_simple(given.text) and given.text != "input"
    return told(
        say(
            "{layer} works with `{other}` numbers, and {name} holds `{dtype}`.",
            layer=span(name),
            other=other,
            name=span(given) if known else say("what arrives"),
            dtype=given.dtype,
        ),
        _why(say, given.dtype),
        say("Turn the input into `{other}` first:", other=other),
        f"{given.text if known else 'x'}.to(torch.{other})",
        topic="dtype",
    )


def _why(say: Wording, dtype: str) -> str:
    """Say where numbers of this kind usually come from."""
    if dtype == "float64":
        return say("`float64` usually comes from NumPy, which computes in it by default.")
    if dtype.startswith(("int", "uint")):
        return say("Whole numbers without a point, as in `torch.tensor([1, 2])`, become `int64`.")
    return say("An earlier line made the tensor of another kind than you think.")


@RULES.of("dtype-mismatch", "RuntimeError", rf"Found dtype {_WORD} but expected {_WORD}")
@RULES.of("dtype-mismatch", "RuntimeError", rf"expected scalar type {_WORD} but found {_WORD}")
def _found_dtype(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    got, wanted = dtype_named(found[1]), dtype_named(found[2])
    if found.re.pattern.startswith("expected"):
        got, wanted = wanted, got
    if got == wanted:
        return None
    if facts.failure.function in _PROBABILITY_LOSSES:
        return _target_kind(say, facts, got)
    bad = [item for item in facts.inputs or facts.tensors if item.dtype == got]
    where = span(bad[0]) if len(bad) == 1 else say("one of the tensors")
    return told(
        say(
            "Numbers of the kind `{wanted}` are needed here, and {name} holds `{got}`.",
            wanted=wanted,
            name=where,
            got=got,
        ),
        _why(say, got),
        say(
            "Turn it into `{wanted}` before it is used, with `.to(torch.{wanted})`.", wanted=wanted
        ),
        topic="dtype",
    )


@RULES.of(
    "mean-dtype",
    "RuntimeError",
    rf"(\w{{1,20}})\(\): could not infer output dtype\. Input dtype must be either a floating point or "
    rf"complex dtype\. Got: {_WORD}",
)
def _mean(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    got = dtype_named(found[2])
    tensor = facts.operand("self") or facts.operand("0")
    if tensor is None or tensor.dtype not in (None, got):
        return None
    simple = is_simple(tensor.text)
    return told(
        say(
            "{name} holds `{dtype}` numbers, and a mean is seldom a whole number: PyTorch does not "
            "choose a kind for the result by itself.",
            name=span(tensor),
            dtype=got,
        ),
        _why(say, got),
        say("Turn it into floating-point numbers first:")
        if simple
        else say("Turn it into floating-point numbers first, with `.float()`."),
        f"{tensor.text}.float().{found[1]}()" if simple and facts.operator == found[1] else "",
        topic="dtype",
    )


@RULES.of(
    "result-dtype",
    "RuntimeError",
    rf"result type {_WORD} can't be cast to the desired output type {_WORD}",
)
def _cast(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    result, wanted = dtype_named(found[1]), dtype_named(found[2])
    if facts.failure.origin == "torch":
        return _target_kind(say, facts, wanted)
    left = facts.operand("left", "self")
    if left is None or left.dtype not in (None, wanted):
        return None
    sign = facts.operator
    right = facts.operand("right")
    code = ""
    if right and sign in ("+=", "-=", "*=", "/=") and is_simple(left.text) and len(right.text) < 40:
        code = f"{left.text} = {left.text} {sign[:-1]} {right.text}"
    return told(
        say(
            "The result has `{result}` numbers, and {name}, which is changed in place, holds `{wanted}`: "
            "there is no room for what comes after the point.",
            result=result,
            name=span(left),
            wanted=wanted,
        ),
        _why(say, wanted),
        say("Make a new tensor instead of changing this one:")
        if code
        else say("Make {name} with floating-point numbers, or make a new tensor.", name=span(left)),
        code,
        topic="dtype",
    )


def _target_kind(say: Wording, facts: Facts, wanted: str) -> Explanation | None:
    """A loss that compares probabilities was given whole numbers."""
    if facts.failure.function not in _PROBABILITY_LOSSES:
        return None
    given = [one for one in facts.inputs if one.dtype == wanted]
    if not given:
        return None
    target = given[-1]
    simple = is_simple(target.text)
    return told(
        say(
            "{name} holds `{dtype}` numbers. Binary cross-entropy compares probabilities, so the "
            "target has to be floating-point numbers too.",
            name=span(target),
            dtype=wanted,
        ),
        say("Labels are usually whole numbers 0 and 1."),
        say("Turn the target into `float32`:"),
        f"{target.text}.float()" if simple else "target.float()",
        topic="dtype",
    )


@RULES.of(
    "embedding-dtype",
    "RuntimeError",
    r"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but "
    r"got torch\.(?:cuda\.)?(\w{2,16})Tensor instead \(while checking arguments for embedding\)",
)
def _embedding(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    given = facts.inputs[0] if facts.inputs else None
    got = dtype_named(found[1])
    if given is not None and given.dtype not in (None, got):
        return None
    known = given is not None and is_simple(given.text) and given.text != "input"
    return told(
        say(
            "An embedding looks rows up by their number, so it needs whole numbers, and {name} holds "
            "`{dtype}`.",
            name=span(given) if given and known else say("what arrives"),
            dtype=got,
        ),
        say(
            "The ids were made with `torch.rand` or `torch.zeros`, or something was computed with them."
        ),
        say("Turn the ids into whole numbers:"),
        f"{given.text}.long()" if given and known else "ids.long()",
        topic="dtype",
    )


@RULES.of(
    "grad-dtype",
    "RuntimeError",
    r"[oO]nly Tensors of floating point (?:and complex )?dtype can require gradients",
)
def _grad(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    name = facts.operand("self")
    meaning = (
        say(
            "{name} holds `{dtype}` numbers. A gradient says how a small change matters, and whole numbers know no small changes.",
            name=span(name),
            dtype=name.dtype,
        )
        if name and name.dtype
        else say(
            "A gradient says how a small change matters, and whole numbers know no small changes."
        )
    )
    return told(
        meaning,
        say("Whole numbers without a point, as in `torch.tensor([1, 2])`, become `int64`."),
        say("Write the numbers with a point, or name the kind:"),
        "torch.tensor([1.0, 2.0], requires_grad=True)",
        topic="autograd",
    )


# Devices ----------------------------------------------------------------------------------------

_DEVICE = r"(cpu|meta|(?:cuda|mps|xpu)(?::\d{1,3})?)"


@RULES.of(
    "device-mismatch",
    "RuntimeError",
    rf"Tensor on device {_DEVICE} is not on the expected device {_DEVICE}!",
)
@RULES.of(
    "device-mismatch",
    "RuntimeError",
    rf"Expected all tensors to be on the same device, but found at least two devices, {_DEVICE} and "
    rf"{_DEVICE}!(?: \(when checking argument .{{1,120}}\))?",
)
def _devices(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return _two_devices(say, facts, found[1], found[2])


@RULES.of(
    "device-mismatch",
    "RuntimeError",
    rf"Expected all tensors to be on the same device, but got \w{{1,30}} is on {_DEVICE}, different from "
    rf"other tensors on {_DEVICE} \(when checking argument in method \w{{1,60}}\)",
)
def _devices_newer(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return _two_devices(say, facts, found[1], found[2])


def _two_devices(say: Wording, facts: Facts, one: str, two: str) -> Explanation | None:
    if one == two:
        return None
    there = {device: _named(facts.tensors, device) for device in (one, two)}
    left, right = there[one], there[two]
    if facts.tensors and not (left or right):
        return None
    meaning = (
        say(
            "{left} is on `{one}` and {right} is on `{two}`. PyTorch computes only with tensors on the "
            "same device, and never moves one by itself.",
            left=span(left),
            one=one,
            right=span(right),
            two=two,
        )
        if left and right
        else say(
            "One tensor is on `{one}` and another on `{two}`. PyTorch computes only with tensors on the "
            "same device, and never moves one by itself.",
            one=one,
            two=two,
        )
    )
    if "meta" in (one, two):
        return told(
            meaning,
            say(
                "A tensor on `meta` has a shape but no numbers, so nothing can be computed with it."
            ),
            say('Make it on the CPU instead: leave out `device="meta"`.'),
            topic="device",
        )
    movable = left and right and is_simple(left.text) and is_simple(right.text)
    return told(
        meaning,
        say("Often the model was moved and the data was not, or the other way round."),
        say("Move one of them to the other's device:")
        if movable
        else say("Move one of them with `.to(device)`."),
        f"{right.text}.to({left.text}.device)" if movable and left and right else "",
        topic="device",
    )


def _named(tensors: list[Item], device: str) -> Item | None:
    found = [one for one in tensors if one.device == device]
    return found[0] if found else None


@RULES.of(
    "numpy-device",
    "TypeError",
    rf"can't convert {_DEVICE} device type tensor to numpy\. Use Tensor\.cpu\(\) to copy the tensor to host "
    r"memory first\.",
)
def _numpy_device(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    tensor = facts.operand("self") or facts.operand("0")
    name = tensor.text if tensor and is_simple(tensor.text) else "x"
    return told(
        say(
            "{name} is on `{device}`, and NumPy knows only the CPU's memory.",
            name=span(name),
            device=found[1],
        ),
        say("It was computed on a GPU and was never brought back."),
        say("Bring it to the CPU first:"),
        f"{name}.detach().cpu().numpy()",
        topic="device",
    )
