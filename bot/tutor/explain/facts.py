"""What is known of one error, as rules ask for it: every word is cleaned before it is given out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from bot.tutor.clean import clean, quoted
from sandbox.failure import Failure, Item, ModuleAtFault, Operand, Site
from sandbox.wire import CellError

MOST_TEXT = 48
MOST_NAME = 32

_CHAIN = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*|\[\d{1,4}\])*")
_DTYPES = {
    "Long": "int64",
    "long int": "int64",
    "Int": "int32",
    "int": "int32",
    "Short": "int16",
    "short int": "int16",
    "Char": "int8",
    "signed char": "int8",
    "Byte": "uint8",
    "unsigned char": "uint8",
    "Bool": "bool",
    "bool": "bool",
    "Half": "float16",
    "c10::Half": "float16",
    "BFloat16": "bfloat16",
    "c10::BFloat16": "bfloat16",
    "Float": "float32",
    "float": "float32",
    "Double": "float64",
    "double": "float64",
    "ComplexFloat": "complex64",
    "ComplexDouble": "complex128",
}
_KINDS_OF_TENSORS = ("Tensor", "Parameter")


@dataclass(frozen=True, slots=True)
class Facts:
    """An error and the frames it came from; `code` is the learner's cell."""

    error: CellError
    failure: Failure
    code: str

    @property
    def site(self) -> Site | None:
        return self.failure.site

    @property
    def module(self) -> ModuleAtFault | None:
        return self.failure.module

    @property
    def operator(self) -> str:
        return self.site.operator if self.site else ""

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What the failing expression works on; not the function that it calls."""
        found = self.site.operands if self.site else ()
        return tuple(one for one in found if one.role != "function")

    @property
    def pair(self) -> tuple[Operand, Operand] | None:
        """The two operands of an operation between two, by position."""
        placed = [one for one in self.operands if one.role in ("left", "right", "self", "0", "1")]
        return (placed[0], placed[1]) if len(placed) >= 2 else None

    def operand(self, *roles: str) -> Operand | None:
        """Return the first operand with one of these roles."""
        return next((one for role in roles for one in self.operands if one.role == role), None)

    @property
    def tensors(self) -> list[Item]:
        """The operands whose shape is known, elements of lists and tuples among them."""
        found: list[Item] = []
        for one in self.operands:
            found += [one] if one.shape is not None else []
            found += [item for item in one.items if item.shape is not None]
        return found

    @property
    def inputs(self) -> list[Item]:
        """What the failing module or loss was given, under the learner's names where they are known."""
        placed = [one for one in self.operands if one.role in ("0", "1")]
        if self.module is None or not self.module.inputs:
            return [one for one in placed if one.shape is not None]
        is_direct = self.site is not None and self.site.callee == "module"
        if not (is_direct and self.module.path == function_text(self.site)):
            return list(self.module.inputs)
        return [renamed(item, placed, n) for n, item in enumerate(self.module.inputs)]

    def size(self, name: str) -> int | None:
        """Return a size of the failing module."""
        sizes = self.module.sizes if self.module else ()
        return next((size for known, size in sizes if known == name), None)


def function_text(site: Site | None) -> str:
    """Return how the code writes the function that it calls."""
    called = [one for one in site.operands if one.role == "function"] if site else []
    return called[0].text if called else (site.source.partition("(")[0] if site else "")


def renamed(item: Item, placed: Sequence[Operand], place: int) -> Item:
    """Return a module's input under the learner's own name for it, if it is the same by its shape."""
    theirs = placed[place] if place < len(placed) else None
    if theirs is None or theirs.shape not in (None, item.shape):
        return item
    return Item(text=theirs.text, kind=item.kind, shape=item.shape, dtype=item.dtype)


def is_tensor(item: Item | None) -> bool:
    """Tell whether it is known to be a tensor."""
    return item is not None and (
        item.kind in _KINDS_OF_TENSORS or (item.shape is not None and item.device is not None)
    )


def could_be_tensor(item: Item) -> bool:
    """Tell whether nothing speaks against its being a tensor, or holding some."""
    if item.kind is None or is_tensor(item):
        return True
    return isinstance(item, Operand) and any(
        one.kind is None or is_tensor(one) for one in item.items
    )


def is_simple(text: str) -> bool:
    """Tell whether it is a name, or a short way from one: what can stand in suggested code."""
    return len(text) <= MOST_NAME and text.isascii() and _CHAIN.fullmatch(text) is not None


def transposed(text: str) -> str:
    """Return code for the transpose of what the simple `text` means: that of `x.T` is `x`."""
    return text.removesuffix(".T") if text.endswith(".T") else f"{text}.T"


# Words ------------------------------------------------------------------------------------------


def span(thing: Item | str) -> str:
    """Return how the code writes it, between backticks."""
    text = thing if isinstance(thing, str) else thing.text
    return f"`{quoted(' '.join(text.split()), MOST_TEXT)}`"


def sizes_of(shape: Sequence[int]) -> str:
    """Return a shape as Python prints it."""
    return f"[{', '.join(map(str, shape))}]"


def shape_of(thing: Item | Sequence[int]) -> str:
    """Return a shape between backticks; "`?`" where it is not known."""
    shape = thing.shape if isinstance(thing, Item) else thing
    return "`?`" if shape is None else f"`{sizes_of(shape)}`"


def dtype_named(word: str) -> str:
    """Return the dtype that torch's C++ side calls `word`."""
    return _DTYPES.get(word, clean(word, MOST_NAME))


def numbers(text: str) -> tuple[int, ...]:
    """Return the whole numbers in a part of a message."""
    return tuple(int(one) for one in re.findall(r"-?\d{1,19}", text))


def elements(shape: Sequence[int]) -> int:
    """Return how many elements a tensor of this shape has."""
    return prod(shape)
