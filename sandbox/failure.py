"""What the child read about a failure from the frames that it left behind, without running anything again.

A child writes it, so learner code can forge all of it: words and pictures may be made of it, after
cleaning, and nothing is ever graded with it.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sandbox.record import WireRecord

MOST_NAME = 60
MOST_SOURCE = 200
MOST_DIMS = 12
MOST_OPERANDS = 12
MOST_ITEMS = 8
MOST_SIZES = 4
MOST_NEAREST = 3

Name = Annotated[str, Meta(max_length=MOST_NAME)]
Source = Annotated[str, Meta(max_length=MOST_SOURCE)]
Shape = Annotated[tuple[int, ...], Meta(max_length=MOST_DIMS)]
Sizes = Annotated[tuple[tuple[Name, int], ...], Meta(max_length=MOST_SIZES)]

Origin = Literal["code", "torch", "compile"]
"""Who raised: C code called by the learner's line, a frame of torch, or Python's parser."""

SiteKind = Literal["binary", "call", "subscript", "attribute", "name", "test", "other"]


class Item(WireRecord, frozen=True):
    """A value that took part, as far as it could be read.

    `text` is how the code writes it, `role` what it is to the operation: "left", "right", "self",
    "index", an argument's position or name. Without `kind`, the name of its type, nothing is known
    of the value. `value` is a number, truth value, None or short string as Python writes it, and
    `sizes` are those of a module ("in_features", 784).
    """

    text: Source
    role: Name = ""
    kind: Name | None = None
    shape: Shape | None = None
    dtype: Name | None = None
    device: Name | None = None
    requires_grad: bool | None = None
    is_leaf: bool | None = None
    length: int | None = None
    value: Name | None = None
    sizes: Sizes = ()


class Operand(Item, frozen=True):
    """An operand; `items` are the first elements of a list, tuple or dict."""

    items: Annotated[tuple[Item, ...], Meta(max_length=MOST_ITEMS)] = ()


class Site(WireRecord, frozen=True):
    """The expression that failed, in the learner's innermost frame.

    A "test" is what `if`, `while`, `and`, `or`, `not` or `assert` took for true or false. `operator`
    is "@" or "+=", or the last name of what was called or looked up ("view"). `callee`
    is what was called, where that is sure: "torch.cat", "Tensor.view", "module", "class",
    "function" (the learner's), or empty.
    """

    line: int
    kind: SiteKind
    source: Source
    operator: Name = ""
    callee: Name = ""
    operands: Annotated[tuple[Operand, ...], Meta(max_length=MOST_OPERANDS)] = ()


class ModuleAtFault(WireRecord, frozen=True):
    """The innermost `nn.Module` of torch's own that was running; `path` leads to it ("model[1]").

    `inputs` are what its forward pass was given, under the names it has for them.
    """

    path: Source
    kind: Name
    sizes: Sizes = ()
    inputs: Annotated[tuple[Item, ...], Meta(max_length=MOST_SIZES)] = ()


class Failure(WireRecord, frozen=True):
    """What is known of an error of a builtin type that the learner's code did not raise itself.

    `function` is the innermost function of torch that was running. `missing` is the name, attribute
    or key that was not there, `owner` what was asked for it, and `nearest` are names that are there.
    """

    origin: Origin
    site: Site | None = None
    module: ModuleAtFault | None = None
    function: Name = ""
    missing: Name = ""
    owner: Operand | None = None
    nearest: Annotated[tuple[Name, ...], Meta(max_length=MOST_NEAREST)] = ()
