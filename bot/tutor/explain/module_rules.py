"""Rules for layers, models and optimisers that were given something they cannot take."""

import re

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import Facts, is_simple, numbers, shape_of, span
from bot.tutor.explain.operations import box, operation
from bot.tutor.explain.rule import SIZES, Found, N, Rules, told
from bot.tutor.ports import Wording
from sandbox.failure import Item

RULES = Rules()


def _input(facts: Facts) -> Item | None:
    return facts.inputs[0] if facts.inputs else None


def _layer(say: Wording, facts: Facts) -> str:
    return span(facts.module.path or facts.module.kind) if facts.module else say("the layer")


def _given(say: Wording, item: Item | None) -> str:
    return span(item) if item and item.text != "input" else say("what arrives")


def _simple(item: Item | None) -> str:
    return item.text if item and is_simple(item.text) and item.text != "input" else "x"


@RULES.of(
    "conv-channels",
    "RuntimeError",
    rf"Given groups={N}, weight of size {SIZES}, expected input{SIZES} to have {N} channels, but got {N} "
    r"channels instead",
)
def _channels(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    weight, shape = numbers(found[2]), numbers(found[3])
    wanted, got = int(found[4]), int(found[5])
    given = _input(facts)
    if wanted == got or len(shape) < 3 or shape[1] != got:
        return None
    if given and given.shape is not None and given.shape not in (shape, shape[1:]):
        return None
    shown = given.shape if given and given.shape else shape
    channel = len(shown) - len(shape) + 1
    last_is_channel = shape[-1] == wanted
    return told(
        say(
            "Where the channels stand, {layer} expects the size {wanted}; {given} has the shape {shape}, and "
            "{got} there.",
            layer=_layer(say, facts),
            wanted=wanted,
            given=_given(say, given),
            shape=shape_of(shown),
            got=got,
        ),
        say("The channels are the last size here; PyTorch wants them before height and width.")
        if last_is_channel
        else say(
            "The images have other channels than the layer expects: grey ones have 1, colour ones 3."
        ),
        say("Move the channels to the front:")
        if last_is_channel
        else say("If the images are right, make the layer for {got}:", got=got),
        _moved(_simple(given), len(shown))
        if last_is_channel
        else f"torch.nn.Conv{len(shape) - 2}d({got}, {weight[0]}, {weight[-1]})",
        topic="shape",
        picture=operation(
            f"{facts.module.path if facts.module else 'conv'}({_simple(given)})",
            "→",
            (
                box(
                    given if given and given.text != "input" else "x",
                    shown,
                    (channel,),
                    str(wanted),
                ),
                box(facts.module.path if facts.module else "weight", weight, (1,)),
            ),
            say("arriving: {got}, expected: {wanted}", got=got, wanted=wanted),
        ),
    )


def _moved(name: str, dims: int) -> str:
    order = (0, dims - 1, *range(1, dims - 1)) if dims > 3 else (dims - 1, *range(dims - 1))
    return f"{name}.permute({', '.join(map(str, order))})"


@RULES.of(
    "conv-dims",
    "RuntimeError",
    rf"Expected (\d)D \(unbatched\) or (\d)D \(batched\) input to conv(\d)d, but got input of size: {SIZES}",
)
def _conv_dims(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    fewer, more, shape = int(found[1]), int(found[2]), numbers(found[4])
    given = _input(facts) or facts.operand("0")
    if len(shape) in (fewer, more) or (given and given.shape not in (None, shape)):
        return None
    form = "(N, C, H, W)" if more == 4 else "(N, C, L)" if more == 3 else "(N, C, D, H, W)"
    missing = more - len(shape)
    code = f"{_simple(given)}{'.unsqueeze(0)' * missing}" if 0 < missing <= 2 else ""
    return told(
        say(
            "{given} has the shape {shape}. {layer} wants {form}: examples, channels, then the image's "
            "own sizes.",
            given=_given(say, given),
            shape=shape_of(shape),
            layer=_layer(say, facts),
            form=form,
        ),
        say(
            "A single picture has no dimension for the examples, and a grey one often none for channels."
        )
        if missing > 0
        else say("There is a dimension too many."),
        say("Add the missing dimensions, each of size 1:")
        if code
        else say("Bring it to this form with `reshape`."),
        code,
        topic="shape",
    )


@RULES.of(
    "kernel-size",
    "RuntimeError",
    r"Calculated padded input size per channel: \(([\d x]{1,60})\)\. Kernel size: \(([\d x]{1,60})\)\. Kernel "
    r"size can't be greater than actual input size",
)
def _kernel(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    image, kernel = numbers(found[1]), numbers(found[2])
    if all(k <= i for k, i in zip(kernel, image, strict=False)):
        return None
    return told(
        say(
            "The image is {image} when it reaches {layer}, and its window (the kernel) is {kernel}: it "
            "does not fit in.",
            image=" × ".join(map(str, image)),
            layer=_layer(say, facts),
            kernel=" × ".join(map(str, kernel)),
        ),
        say(
            "Each convolution and pooling before made the image smaller, or it was small from the start."
        ),
        say("Take a smaller kernel, add `padding`, or leave out a pooling layer before."),
        topic="shape",
    )


@RULES.of("embedding-range", "IndexError", r"index out of range in self")
def _embedding(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    rows = facts.size("num_embeddings")
    if facts.module is None or facts.module.kind != "Embedding" or rows is None:
        return None
    given = _input(facts)
    return told(
        say(
            "The rows of {layer} are numbered from 0 to {last} (`num_embeddings={rows}`), and {given} holds a "
            "number outside of that.",
            layer=_layer(say, facts),
            rows=rows,
            last=rows - 1,
            given=_given(say, given),
        ),
        say("The vocabulary is larger than the embedding, or the ids count from 1."),
        say("Look at the largest id; `num_embeddings` has to be at least one more:"),
        f"{_simple(given)}.max()",
    )


@RULES.of(
    "batchnorm-single",
    "ValueError",
    rf"Expected more than 1 value per channel when training, got input size torch\.Size\({SIZES}\)",
)
def _batchnorm(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    shape = numbers(found[1])
    if facts.failure.origin != "torch":
        return None
    return told(
        say(
            "Batch normalisation takes the mean over the batch, and a tensor of the shape {shape} has "
            "only one value for each channel: there is nothing to take a mean of.",
            shape=shape_of(shape),
        ),
        say(
            "The batch has one example, as the last batch of a `DataLoader` may, or the model is being tried out."
        ),
        say(
            "To try it out, call `model.eval()` first; for training, use `drop_last=True` or larger batches."
        ),
    )


@RULES.of(
    "rnn-input-size",
    "RuntimeError",
    rf"input\.size\(-1\) must be equal to input_size\. Expected {N}, got {N}",
)
def _rnn(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    wanted, got = int(found[1]), int(found[2])
    given = _input(facts)
    if wanted == got or facts.size("input_size") not in (None, wanted):
        return None
    if given and given.shape and given.shape[-1] != got:
        return None
    return told(
        say(
            "The last size of what {layer} takes must be {wanted} (its `input_size`), but {given} has the "
            "shape {shape}: its last size is {got}.",
            layer=_layer(say, facts),
            wanted=wanted,
            given=_given(say, given),
            shape=shape_of(given),
            got=got,
        )
        if given
        else say(
            "The layer's `input_size` is {wanted}, and the last size of what arrives is {got}.",
            wanted=wanted,
            got=got,
        ),
        say("The dimensions are in another order, or the data has another number of features."),
        say("If the data is right, give the layer `input_size={got}`.", got=got),
        topic="shape",
    )


@RULES.of("heads", "AssertionError", r"embed_dim must be divisible by num_heads")
def _heads(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    size, heads = facts.size("embed_dim"), facts.size("num_heads")
    if not size or not heads or size % heads == 0:
        return None
    fitting = [n for n in range(1, min(size, 64) + 1) if size % n == 0]
    return told(
        say(
            "Each head gets an equal share of the {size} numbers (`embed_dim`), and {size} cannot be "
            "shared evenly between {heads} heads.",
            size=size,
            heads=heads,
        ),
        say("The two sizes were chosen apart from each other."),
        say(
            "With {size} numbers, these counts of heads work: {counts}.",
            size=size,
            counts=", ".join(map(str, fitting[:8])),
        ),
    )


@RULES.of("state-dict", "RuntimeError", r"Error\(s\) in loading state_dict for (\w{1,60}):\n\t.*")
def _state_dict(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.failure.function != "load_state_dict":
        return None
    sizes = re.search(
        rf"\tsize mismatch for ([\w.]{{1,80}}): copying a param with shape torch\.Size\({SIZES}\) from "
        rf"checkpoint, the shape in current model is torch\.Size\({SIZES}\)\.",
        facts.error.message,
    )
    if sizes is not None:
        return told(
            say(
                "The saved {name} has the shape {one}, and the model that should take it has {two} there.",
                name=span(sizes[1]),
                one=shape_of(numbers(sizes[2])),
                two=shape_of(numbers(sizes[3])),
            ),
            say("The weights were saved from a model that was built with other sizes."),
            say("Build the model exactly as the saved one was built, then load."),
        )
    keys = re.search(
        r"\t(Missing|Unexpected) key\(s\) in state_dict: \"([\w.]{1,80})\"", facts.error.message
    )
    if keys is None:
        return None
    meaning = (
        say("The model has a part {name} for which nothing was saved.", name=span(keys[2]))
        if keys[1] == "Missing"
        else say(
            "The saved weights have a part {name} that the model does not have.", name=span(keys[2])
        )
    )
    return told(
        meaning,
        say("The weights were saved from a model whose layers have other names."),
        say("Compare the names of both:"),
        "print(model.state_dict().keys())",
    )


@RULES.of("optimizer-empty", "ValueError", r"optimizer got an empty parameter list")
def _empty(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.failure.origin != "torch":
        return None
    return told(
        say("The optimiser was given no parameters, so it would have nothing to improve."),
        say(
            "The model has no layers of its own: they stand in a plain list, or `model.parameters()` was "
            "used up before. Lists of layers belong into `nn.ModuleList`."
        ),
        say("See which parameters the model knows:"),
        "list(model.parameters())",
    )


@RULES.of("optimizer-leaf", "ValueError", r"can't optimize a non-leaf Tensor")
def _non_leaf(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    if facts.failure.origin != "torch":
        return None
    return told(
        say(
            "An optimiser can only change tensors that were made directly, and this one was computed from others."
        ),
        say("A calculation such as `* 0.1` or `.to(device)` came after `requires_grad=True`."),
        say("Do the calculation first, then ask for gradients:"),
        "w = (torch.randn(3) * 0.1).requires_grad_()",
        topic="autograd",
    )
