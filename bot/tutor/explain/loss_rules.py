"""Rules for losses: predictions and targets that do not go together."""

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import Facts, dtype_named, is_simple, numbers, shape_of, span
from bot.tutor.explain.operations import box, operation
from bot.tutor.explain.rule import SIZES, Found, N, Rules, told
from bot.tutor.ports import Wording
from sandbox.failure import Item

RULES = Rules()

_CLASS_LOSSES = ("cross_entropy", "nll_loss", "CrossEntropyLoss", "NLLLoss")


def _target(facts: Facts) -> Item | None:
    """Return what was given as the target of a loss."""
    named = facts.operand("target")
    if named is not None:
        return named
    return facts.inputs[1] if len(facts.inputs) > 1 else facts.operand("1")


def _scores(facts: Facts) -> Item | None:
    named = facts.operand("input")
    return named or (facts.inputs[0] if facts.inputs else facts.operand("0"))


def _is_class_loss(facts: Facts) -> bool:
    return (
        facts.failure.function in ("cross_entropy", "nll_loss") or facts.operator in _CLASS_LOSSES
    )


def _name(item: Item | None, other: str) -> str:
    return span(item) if item is not None and item.text not in ("input", "target") else other


def _simple(item: Item | None, other: str) -> str:
    """Return how to write it in suggested code."""
    known = item is not None and is_simple(item.text) and item.text not in ("input", "target")
    return item.text if known and item is not None else other


@RULES.of(
    "target-dtype",
    "RuntimeError",
    r"expected target dtype to be Long or Byte, but got ([A-Z]\w{2,16})",
)
@RULES.of("target-dtype", "RuntimeError", r"expected scalar type Long but found ([A-Z]\w{2,16})")
def _target_dtype(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    got, target = dtype_named(found[1]), _target(facts)
    if not _is_class_loss(facts) or (target and target.dtype not in (None, got)):
        return None
    return told(
        say(
            "{name} holds `{dtype}` numbers. Here the target says which class is right, by its number, "
            "so it must be `int64`.",
            name=_name(target, say("the target")),
            dtype=got,
        ),
        say("The labels were read or computed as another kind of number."),
        say("Turn the target into whole numbers:"),
        f"{_simple(target, 'target')}.long()",
        topic="dtype",
    )


@RULES.of("target-range", "IndexError", r"Target (-?\d{1,19}) is out of bounds\.")
def _target_range(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    got, scores, target = int(found[1]), _scores(facts), _target(facts)
    classes = scores.shape[1] if scores and scores.shape and len(scores.shape) > 1 else None
    if not _is_class_loss(facts) or (classes is not None and 0 <= got < classes):
        return None
    meaning = (
        say(
            "{scores} has the shape {shape}: scores for {classes} classes, numbered 0 to {last}. "
            "{target} holds a {got}, and there is no such class.",
            scores=_name(scores, say("the prediction")),
            shape=shape_of(scores),
            classes=classes,
            last=classes - 1,
            target=_name(target, say("the target")),
            got=got,
        )
        if classes and scores
        else say(
            "The target holds the class {got}, and the prediction has no score for such a class.",
            got=got,
        )
    )
    if got < 0:
        cause = say("Negative labels often mark what should be left out.")
        fix = say("Say so with `ignore_index={got}`, or leave these examples out.", got=got)
    elif classes is not None and got == classes:
        cause = say("Labels that count from 1 instead of 0 do that.")
        fix = say("Let the labels start at 0:")
    else:
        cause = say(
            "The last layer gives too few scores, or the labels were numbered in another way."
        )
        fix = say("Let the last layer have one output for each class: at least {n}.", n=got + 1)
    code = f"{_simple(target, 'target')} - 1" if classes is not None and got == classes else ""
    return told(meaning, cause, fix, code, topic="shape")


@RULES.of(
    "target-batch",
    "ValueError",
    rf"Expected input batch_size \({N}\) to match target batch_size \({N}\)\.",
)
def _target_batch(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    one, two = int(found[1]), int(found[2])
    scores, target = _scores(facts), _target(facts)
    if one == two or facts.failure.origin != "torch":
        return None
    if scores and scores.shape and scores.shape[0] != one and len(scores.shape) > 1:
        return None
    return told(
        say(
            "The number of predictions in {scores} is {one}, and that of labels in {target} is {two}. "
            "Each example needs exactly one label.",
            scores=_name(scores, say("the prediction")),
            one=one,
            target=_name(target, say("the target")),
            two=two,
        ),
        say("The two come from different batches, or a `reshape` mixed up examples and classes."),
        say("Print both shapes right before this line; the first sizes must be equal."),
        topic="shape",
        picture=operation(
            facts.site.source if facts.site else "loss",
            "↔",
            (
                box(_simple(scores, "input"), scores.shape, (0,)),
                box(_simple(target, "target"), target.shape, (0,), str(one)),
            ),
            say("{last} meets {first}", last=one, first=two),
        )
        if scores and target and scores.shape and target.shape
        else None,
    )


@RULES.of(
    "target-2d", "RuntimeError", r"0D or 1D target tensor expected, multi-target not supported"
)
def _target_2d(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    target = _target(facts)
    if not _is_class_loss(facts) or (target and target.shape is not None and len(target.shape) < 2):
        return None
    shape = target.shape if target else None
    is_column = shape is not None and len(shape) == 2 and shape[1] == 1
    return told(
        say(
            "{name} has the shape {shape}. The loss wants one class number for each example: a vector.",
            name=_name(target, say("the target")),
            shape=shape_of(target),
        )
        if target and shape is not None
        else say(
            "The loss wants one class number for each example: a vector, and the target has more dimensions."
        ),
        say("The labels are a column with one number a row.")
        if is_column
        else say("The labels may be one-hot rows of 0 and 1 instead of class numbers."),
        say("Drop the dimension of size 1:")
        if is_column
        else say("If they are one-hot rows, take the place of the 1:"),
        f"{_simple(target, 'target')}.squeeze(1)"
        if is_column
        else f"{_simple(target, 'target')}.argmax(dim=1)",
        topic="shape",
    )


@RULES.of(
    "bce-size",
    "ValueError",
    rf"Using a target size \(torch\.Size\({SIZES}\)\) that is different to the input size "
    rf"\(torch\.Size\({SIZES}\)\) is deprecated\. Please ensure they have the same size\.",
)
@RULES.of(
    "bce-size",
    "ValueError",
    rf"Target size \(torch\.Size\({SIZES}\)\) must be the same as input size \(torch\.Size\({SIZES}\)\)",
)
def _bce_size(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    two, one = numbers(found[1]), numbers(found[2])
    scores, target = _scores(facts), _target(facts)
    if one == two or facts.failure.origin != "torch":
        return None
    if (scores and scores.shape not in (None, one)) or (target and target.shape not in (None, two)):
        return None
    column = len(one) == 2 and one[1] == 1 and two == one[:1]
    return told(
        say(
            "{scores} has the shape {one} and {target} has {two}. This loss compares number by number, "
            "so both need the same shape.",
            scores=_name(scores, say("the prediction")),
            one=shape_of(one),
            target=_name(target, say("the target")),
            two=shape_of(two),
        ),
        say("The model gives a column, and the labels are a plain vector.")
        if column
        else say("One of the two has a dimension too many, or another size."),
        say("Drop the column's dimension of size 1:")
        if column
        else say("Bring both to one shape, for example with `reshape`."),
        f"{_simple(scores, 'prediction')}.squeeze(1)" if column else "",
        topic="shape",
        picture=operation(
            facts.site.source if facts.site else "loss",
            "↔",
            (box(_simple(scores, "input"), one), box(_simple(target, "target"), two)),
            say("both need the same shape"),
        ),
    )


@RULES.of("bce-range", "RuntimeError", r"all elements of (input|target) should be between 0 and 1")
def _bce_range(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.failure.function != "binary_cross_entropy":
        return None
    item = _scores(facts) if found[1] == "input" else _target(facts)
    return told(
        say(
            "{name} has numbers below 0 or above 1. This loss takes probabilities.",
            name=_name(item, say("the prediction")),
        ),
        say("The last layer gives plain scores; no `sigmoid` has made probabilities of them."),
        say("Use the loss that takes scores and does that itself:"),
        f"torch.nn.functional.binary_cross_entropy_with_logits({_simple(_scores(facts), 'scores')}, "
        f"{_simple(_target(facts), 'target')})",
    )
