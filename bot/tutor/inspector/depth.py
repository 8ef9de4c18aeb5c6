"""Shows one tensor in depth, as the sandbox sees it now: facts, values, pictures, its history."""

from collections.abc import AsyncGenerator, Sequence
from difflib import get_close_matches

from bot.tutor import run_view
from bot.tutor.buttons import continue_button
from bot.tutor.clean import quoted
from bot.tutor.drawing import Card, Drawing, HeatMap
from bot.tutor.inspector.card import Kind, legend, panel, slice_text
from bot.tutor.inspector.checking import checked
from bot.tutor.inspector.graph import graph_drawing, graph_text
from bot.tutor.inspector.naming import in_button, meant, origin_of
from bot.tutor.inspector.pages import all_tensors_button, closer
from bot.tutor.inspector.seen import Detail, Seen, Tensor
from bot.tutor.inspector.text import Shown, relations, text_of
from bot.tutor.inspector.words import (
    happened,
    human_bytes,
    joined,
    norm_of_gradient,
    numbers,
    shape_text,
    short,
    trouble,
)
from bot.tutor.ports import Ended, Lost, Queued, Refused, Running, Wording
from bot.tutor.reply import Action, Button, Code, Fields, Heading, Image, Note, Part, Ref, Reply
from bot.tutor.streams import closing
from bot.tutor.turn import Turn
from sandbox.inspection import Look
from sandbox.wire import Cell

MOST_LEADING = 4
"""Leading dimensions whose slices buttons step through."""

MOST_INDEX_CHARS = 24
MOST_NEAREST = 4
MOST_VALUE_LINES = 24

Replies = AsyncGenerator[Reply, None]


async def in_depth(
    turn: Turn, wanted: str, index: tuple[int, ...] = (), came_from: str = ""
) -> Replies:
    """Look at the tensor that is called `wanted`, at the slice `index` of its leading dimensions."""
    seen = turn.known.now if turn.known else Seen()
    name, came_from = meant(seen, wanted), origin_of(turn, came_from)
    slot = f"look:{turn.learner.id}:{came_from}"
    runner, learner = turn.services.runner, turn.learner.id
    if not runner.has_session(learner):
        yield _without_session(turn)
        return
    part = _no_tensor(turn.say, seen, wanted)
    if part is not None:
        yield Reply(
            (Heading(quoted(wanted)), part),
            (all_tensors_button(turn), continue_button(turn)),
            slot=slot,
        )
        return
    final: Ended | Lost | Refused = Refused(None)
    cell = Cell(code="", look=Look(_sendable(name), index))
    async with closing(runner.run(learner, cell)) as events:
        async for event in events:
            if isinstance(event, Queued | Running):
                halt = Button(turn.say("Stop"), Ref("stop"), "danger")
                yield Reply(run_view.waiting(turn.say, event), (halt,), slot=slot)
            else:
                final = event
    detail, remark = _found(turn, final, seen.tensor(name))
    if detail is None:
        left = turn.known.now if turn.known else Seen()
        yield Reply((remark or _unknown(turn, left, name),), _ways(turn, left), slot=slot)
        return
    buttons = _slices(turn, detail, came_from)
    async for reply in _shown(turn, detail, buttons, slot):
        yield reply


def _sendable(name: str) -> str:
    return name.encode(errors="replace").decode()


def _no_tensor(say: Wording, seen: Seen, name: str) -> Code | None:
    """Return what is known of a model or optimiser of that name."""
    modules = tuple(one for one in seen.modules if one.name == name)
    optimizers = tuple(one for one in seen.optimizers if one.name == name)
    shown = Shown(modules=modules, optimizers=optimizers, with_rows=frozenset((name,)))
    return None if shown.is_empty else Code(text_of(say, shown), "text")


def _without_session(turn: Turn) -> Reply:
    text = turn.say("You have no session now, so there are no tensors. Run some code to start one.")
    return Reply((Note("info", text),), (continue_button(turn),))


def _found(
    turn: Turn, final: Ended | Lost | Refused, known: Tensor | None
) -> tuple[Detail | None, Note | None]:
    """Return what the look came to, else why it came to nothing, where that is no missing name."""
    match final:
        case Ended(result=result) if result.status == "ok" and result.alive:
            detail = checked(result.inspection).detail if result.inspection else None
            return detail or (Detail(known) if known else None), None
        case Ended(result=result):
            if not result.alive:
                turn.remember(None)
                return None, run_view.variables_gone(turn.say)
            return None, run_view.status_line(turn.say, result)
        case Lost():
            turn.remember(None)
            return None, run_view.lost(turn.say, final)
        case Refused():
            return None, run_view.refused(turn.say, final)


def _unknown(turn: Turn, seen: Seen, name: str) -> Note:
    """Return that there is no such tensor, with those whose names look like it."""
    names = [one.name for one in seen.tensors]
    near = get_close_matches(name, names, n=MOST_NEAREST, cutoff=0.5) or names[:MOST_NEAREST]
    if not near:
        return Note("info", turn.say("There is no tensor `{name}` now.", name=quoted(name)))
    text = turn.say(
        "There is no tensor `{name}` now. There is: {names}.",
        name=quoted(name),
        names=", ".join(f"`{quoted(one)}`" for one in near),
    )
    return Note("info", text)


def _ways(turn: Turn, seen: Seen) -> tuple[Action, ...]:
    all_of_them = () if seen.is_empty else (all_tensors_button(turn),)
    return (*closer(turn, seen.tensors[:8]), *all_of_them, continue_button(turn))


# What is shown ----------------------------------------------------------------------------------


async def _shown(turn: Turn, detail: Detail, buttons: Sequence[Button], slot: str) -> Replies:
    """Yield the tensor in words, and then with its pictures."""
    say, one = turn.say, detail.tensor
    heading = Heading(f"{quoted(one.name)}  {shape_text(one.shape)}")
    actions = (*buttons, all_tensors_button(turn), continue_button(turn))
    came = len(detail.graph) > 1
    history = Code(graph_text(say, detail.graph, detail.more_nodes), "text") if came else None
    rest = (*_words(say, detail), *((history,) if history else ()))
    yield Reply((heading, *rest), actions, slot=slot)
    pictures: list[Part] = []
    for alt, drawing in _drawings(say, detail):
        image = await _image(turn, drawing, alt)
        pictures += [image] if image else []
    if history:
        graph = graph_drawing(say, one.name, detail.graph, detail.more_nodes)
        image = await _image(turn, graph, history.text)
        rest = (*rest[:-1], image or history)
    if pictures or history not in rest:
        yield Reply((heading, *pictures, *rest), actions, slot=slot)


async def _image(turn: Turn, drawing: Drawing, alt: str) -> Image | None:
    png = await turn.services.pictures.png(drawing)
    return Image(png, alt, drawing) if png else None


def _drawings(say: Wording, detail: Detail) -> list[tuple[str, Card]]:
    """Return the card of a tensor, with a second panel where it looks like an image, too."""
    one = detail.tensor
    both = one.preview is not None and one.grid is not None
    kinds: tuple[Kind, ...] = ("heat map", "pixels") if both else ("best",)
    panels = tuple(panel(say, one, kind) for kind in kinds)
    if all(one.picture is None and one.bars is None for one in panels):
        return []
    is_map = any(isinstance(one.picture, HeatMap) for one in panels)
    shape = shape_text(one.shape)
    alt = (
        say("Heat map of {name} {shape}", name=one.name, shape=shape)
        if is_map
        else say("Picture of {name} {shape}", name=one.name, shape=shape)
    )
    card = Card(say("Tensor inspector"), "", panels, legend(say, panels))
    return [(alt, card)]


def _slice(detail: Detail) -> str:
    grid = detail.tensor.grid
    return slice_text(grid.index) if grid is not None and grid.index else ""


def _words(say: Wording, detail: Detail) -> tuple[Part, ...]:
    """Return everything that is known of one tensor."""
    one = detail.tensor
    sentences = [*relations(say, (one,)), *filter(None, (trouble(say, one),))]
    values = (one.values or "").splitlines()
    if len(values) > MOST_VALUE_LINES:
        values = [*values[:MOST_VALUE_LINES], "…"]
    return (
        Fields(tuple(_rows(say, detail))),
        *(Note("info", sentence) for sentence in sentences),
        *((Code("\n".join(values), "text"),) if values else ()),
    )


def _rows(say: Wording, detail: Detail) -> list[tuple[str, str]]:
    one = detail.tensor
    about = "≈" if one.approximate else ""
    std = [("std", f"{about}{one.std:.4g}")] if one.std is not None else []
    rows = [
        (say("last run"), ", ".join(happened(say, one))),
        (say("slice"), _slice(detail)),
        (say("elements"), f"{one.elements:,}"),
        ("dtype", one.dtype),
        (say("device"), one.device),
        (say("kind"), one.kind if one.kind != "Tensor" else ""),
        (say("layout"), one.layout if one.layout != "strided" else ""),
        (say("memory"), _memory(say, one)),
        *(numbers(one) if one.elements > 1 else ()),
        *std,
        *_counts(say, one),
        ("requires_grad", str(one.requires_grad)),
        ("grad_fn", short(one.grad_fn) if one.grad_fn else "None"),
        (say("leaf"), str(one.is_leaf) if one.requires_grad else ""),
        (say("gradient norm"), norm_of_gradient(one)),
        (say("strides"), joined([str(stride) for stride in one.strides], 8)),
        (say("contiguous"), str(one.contiguous)),
    ]
    return [row for row in rows if row[1]]


def _memory(say: Wording, one: Tensor) -> str:
    own = human_bytes(one.bytes)
    if one.storage_bytes is None or one.storage_bytes == one.bytes:
        return own
    return say("{own}, in a storage of {whole}", own=own, whole=human_bytes(one.storage_bytes))


def _counts(say: Wording, one: Tensor) -> list[tuple[str, str]]:
    found = [("NaN", one.nan), ("Inf", one.inf), (say("zeros"), one.zeros)]
    counted = [(name, str(count)) for name, count in found if count is not None]
    if not one.approximate:
        return counted
    return [(name, say("{what} in the sample", what=count)) for name, count in counted]


# Slices -----------------------------------------------------------------------------------------


def index_in(text: str) -> tuple[int, ...] | None:
    """Return the slice that a button names, such as "2.0", or None if it names none."""
    if not text:
        return ()
    numbers_ = text.split(".")
    if len(text) > MOST_INDEX_CHARS or not all(n.isascii() and n.isdecimal() for n in numbers_):
        return None
    return tuple(map(int, numbers_))


def _slices(turn: Turn, detail: Detail, came_from: str) -> list[Button]:
    """Return the ways to the slices beside the one that is shown, along each leading dimension."""
    grid, shape = detail.tensor.grid, detail.tensor.shape
    if grid is None or len(shape) <= 2:
        return []
    buttons: list[Button] = []
    for dim, size in enumerate(shape[:-2][:MOST_LEADING]):
        for beside in (grid.index[dim] - 1, grid.index[dim] + 1):
            index = (*grid.index[:dim], beside, *grid.index[dim + 1 :])
            written = ".".join(map(str, index))
            if 0 <= beside < size and len(written) <= MOST_INDEX_CHARS:
                label = turn.say("Slice {slice}", slice=slice_text(index))
                ref = Ref("inspect", (in_button(detail.tensor), written, came_from))
                buttons.append(Button(label, ref))
    return buttons
