"""Words single facts of a checked tensor: its shape, its size, its numbers, what became of it."""

from collections.abc import Sequence
from fractions import Fraction

from bot.tutor.inspector.seen import Tensor
from bot.tutor.ports import Wording
from sandbox.inspection import Change

MOST_NAME = 40
MOST_SIZES = 8
MOST_OTHERS = 4

Shows = bool | None
"""Whether a write to one of two tensors shows in the other; None where that is not known."""


def short(text: str, most: int = MOST_NAME) -> str:
    """Return at most `most` characters of `text`, ending in `…` if it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as PyTorch writes it: "[3, 5]"."""
    sizes = [str(size) for size in shape[:MOST_SIZES]]
    return f"[{', '.join(sizes + ['…'] * (len(shape) > MOST_SIZES))}]"


def human_bytes(count: int) -> str:
    """Return `count` with a unit: "60 B", "1.5 KiB", "128 MiB"."""
    size = Fraction(max(count, 0))
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{float(size):.3g} {unit}" if unit != "B" else f"{size} B"
        size /= 1024
    return f"{float(size):.3g} TiB"


def joined(names: Sequence[str], most: int = MOST_OTHERS) -> str:
    """Return the first `most` names with commas."""
    return ", ".join([short(name) for name in names[:most]] + ["…"] * (len(names) > most))


def facts(one: Tensor) -> str:
    """Return type, place and size of a tensor: "float32 · cpu · 60 B"."""
    kind = [one.kind] if one.kind not in ("Tensor", "?") else []
    layout = [one.layout] if one.layout not in ("strided", "?") else []
    return " · ".join([*map(short, kind), one.dtype, one.device, *layout, human_bytes(one.bytes)])


def numbers(one: Tensor) -> list[tuple[str, str]]:
    """Return the statistics there are, with `≈` where they are those of a sample."""
    about = "≈" if one.approximate else ""
    found = (("min", one.min), ("mean", one.mean), ("max", one.max))
    return [(name, f"{about}{value:.4g}") for name, value in found if value is not None]


def statistics(one: Tensor) -> str:
    """Return the statistics on one line; of a single number it is that number."""
    if one.elements == 1 and one.min is not None:
        return f"{one.min:.4g}"
    return "  ".join(f"{name} {value}" for name, value in numbers(one))


def odd_numbers(say: Wording, one: Tensor) -> list[str]:
    """Return how many elements are NaN or infinite; of a sample, also that it holds no NaN."""
    found = [f"{count} {name}" for count, name in ((one.nan, "NaN"), (one.inf, "Inf")) if count]
    if not one.approximate or one.nan is None:
        return found
    if one.nan == 0:
        return [say("no NaN in the sample"), *found]
    return [say("{what} in the sample", what=", ".join(found))]


def happened(say: Wording, one: Tensor) -> list[str]:
    """Return what the last run did to a tensor, first the tensor itself, then its gradient."""
    change = [change_word(say, one.change, one.writes)] if one.change != "unchanged" else []
    return [*change, *_differences(say, one), *gradient_news(say, one)]


def change_word(say: Wording, change: Change, writes: int = 0) -> str:
    match change:
        case "new":
            return say("new")
        case "rebound":
            return say("rebound to another object")
        case "in_place" if writes > 1:
            return say("changed in place ×{n}", n=writes)
        case "in_place":
            return say("changed in place")
        case "unchanged":
            return say("unchanged")


def _differences(say: Wording, one: Tensor) -> list[str]:
    """Return what is different from before, as "before → after"."""
    was = one.was
    if was is None:
        return []
    found = []
    if was.shape is not None:
        before, after = shape_text(was.shape), shape_text(one.shape)
        found.append(say("shape {before} → {after}", before=before, after=after))
    if was.dtype is not None:
        found.append(say("dtype {before} → {after}", before=was.dtype, after=one.dtype))
    if was.device is not None:
        found.append(say("device {before} → {after}", before=was.device, after=one.device))
    if was.requires_grad is not None:
        found.append(f"requires_grad {was.requires_grad} → {one.requires_grad}")
    return found


def gradient_news(say: Wording, one: Tensor) -> list[str]:
    if one.gradient is None:
        return []
    match one.gradient.change:
        case "appeared":
            return [say("gradient appeared")]
        case "zeroed":
            return [say("gradient zeroed")]
        case "gone":
            return [say("gradient gone")]
        case "changed":
            return [say("gradient changed")]
        case "unchanged":
            return []


def norm_of_gradient(one: Tensor) -> str:
    """Return the norm of the gradient, or nothing where it has none or it is zero anyway."""
    if one.gradient is None or one.gradient.norm is None:
        return ""
    return "" if one.gradient.change in ("zeroed", "gone") else f"{one.gradient.norm:.3g}"


def gradient_norm(say: Wording, one: Tensor) -> str:
    """Return the norm of the gradient and what it is, or nothing."""
    norm = norm_of_gradient(one)
    return say("gradient norm {norm}", norm=norm) if norm else ""


def origin(say: Wording, one: Tensor) -> str:
    """Return how autograd sees a tensor; nothing where it does not look at it."""
    if one.grad_fn:
        return f"grad_fn {short(one.grad_fn)}"
    if not one.requires_grad:
        return ""
    return say("requires_grad, a leaf") if one.is_leaf else "requires_grad"


def trouble(say: Wording, one: Tensor) -> str:
    match one.trouble:
        case "busy":
            return say("values not read: its device was busy")
        case "device_error":
            return say("values not read: its device reported an error")
        case None:
            return ""


def sharing_sentence(say: Wording, name: str, others: Sequence[str], writes_show: Shows) -> str:
    names = {"name": short(name, 24), "others": joined([short(one, 24) for one in others], 2)}
    if writes_show is None:
        return say("{name} shares memory with {others}.", **names)
    if writes_show:
        return say(
            "{name} shares memory with {others}: a write to one shows in the other.", **names
        )
    return say("{name} shares storage with {others}, but no elements.", **names)


def same_object(say: Wording, names: Sequence[str]) -> str:
    """Return that several names are one object."""
    *first, last = [short(name, 24) for name in names[:MOST_OTHERS]]
    return say("{names} and {last} are the same object.", names=", ".join(first), last=last)
