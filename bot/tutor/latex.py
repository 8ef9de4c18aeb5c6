r"""Reads one LaTeX formula and writes it as Unicode: scripts, roots, fractions, symbols, matrices.

unicodeit's tables know the symbols; its own replacing is not used, because it cuts commands in two
(`\lVert` comes out as `łVert`) and leaves groups raw.
"""

import re
import unicodedata
from functools import cache

from unicodeit.data import COMBININGMARKS, REPLACEMENTS, SUBSUPERSCRIPTS


def latex_to_unicode(latex: str) -> str:
    """Return the formula in Unicode; what cannot be read stays as source, without its backslashes."""
    try:
        text = _Reader(latex).read()
    except _Unreadable:
        text = re.sub(r"[\\{}$]+", " ", latex)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return unicodedata.normalize("NFC", "\n".join(line for line in lines if line))


_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_MAX_DEPTH = 20

# Marks between the parts of a formula, gone when it has been read.
_TIGHT = "\ue000"  # no space here, whatever was written
_APART = "\ue001"  # a space here if letters or digits would touch

_CHARACTERS = {"-": "−", "'": "′", "~": " ", "&": " "}
_WORDS = {"text", "textrm", "textbf", "textit", "mbox", "mathrm", "mathit", "mathsf", "mathtt"}
_ALPHABETS = {"mathbb", "mathcal", "mathscr", "mathfrak", "mathbf", "boldsymbol", "bm"}
_SIZES = {"big", "Big", "bigg", "Bigg", "middle", "displaystyle", "limits"}
_OPENING = {"lVert": "‖", "lvert": "|", "langle": "⟨", "lceil": "⌈", "lfloor": "⌊"}
_CLOSING = {"rVert": "‖", "rvert": "|", "rangle": "⟩", "rceil": "⌉", "rfloor": "⌋"}
_SPACES = {",": " ", ":": " ", ";": " ", " ": " ", "!": "", "quad": " ", "qquad": " ", "\\": "\n"}
_SYMBOLS = {"dots": "…", "cdot": "·", "top": "⊤", "prime": "′"}
_SCRIPTS = {"^⊤": "ᵀ", "^×": "ˣ", "^∘": "°", "^′": "′", "^V": "ⱽ", "^*": "*"}
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}


class _Unreadable(Exception):  # noqa: N818  (never leaves this module)
    """The braces do not match, or nest too deep."""


class _Reader:
    """Reads one formula from left to right; what a method returns is Unicode, perhaps with marks."""

    def __init__(self, latex: str) -> None:
        self._tokens = _TOKEN.findall(latex.strip())
        self._next = 0
        self._depth = 0

    def read(self) -> str:
        """Return the formula. Raises `_Unreadable`."""
        text = self._sequence()
        if self._peek():
            raise _Unreadable
        return text

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self, *expected: str) -> str:
        while self._peek().isspace():
            self._next += 1
        piece = self._peek()
        if not piece or (expected and piece not in expected):
            raise _Unreadable
        self._next += 1
        return piece

    def _sequence(self, *ends: str) -> str:
        """Read up to one of `ends`, a closing brace or the end of the formula; leave that unread."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Unreadable
        out = ""
        while self._peek() not in ("", "}", *ends):
            piece = self._peek()
            self._next += 1
            if piece in "_^":  # "log" keeps its distance behind the script, not before it
                apart = _APART if out.endswith(_APART) else ""
                out = out.rstrip(_APART) + self._script(piece) + apart
            else:
                out += self._part(piece)
        self._depth -= 1
        return _settle(out)

    def _part(self, piece: str) -> str:
        if piece.isspace():
            return " "
        if piece == "{":
            text = self._sequence()
            self._take("}")
            return text
        if piece.startswith("\\"):
            return self._command(piece[1:])
        return _CHARACTERS.get(piece, piece)

    def _argument(self) -> str:
        return _settle(self._part(self._take()))

    def _command(self, name: str) -> str:
        match name:
            case "frac" | "dfrac" | "tfrac":
                return f"{_numerator(self._argument())}/{_denominator(self._argument())}{_APART}"
            case "sqrt":
                return self._root() + _APART
            case "left" | "right":
                delimiter = self._argument().replace(".", "")
                return delimiter + _TIGHT if name == "left" else _TIGHT + delimiter
            case "begin":
                return self._environment()
            case "not":
                return self._argument() + "\u0338"
            case "end" | "":
                raise _Unreadable
            case _:
                return self._named(name)

    def _named(self, name: str) -> str:
        if name in _WORDS or name in _SIZES:
            return self._argument() if name in _WORDS else ""
        if name in _ALPHABETS:
            return "".join(_letter(name, character) for character in self._argument())
        if name in _accents():
            return _accented(self._argument(), name)
        if name == "operatorname":
            return _APART + self._argument() + _APART
        return self._symbol(name)

    def _symbol(self, name: str) -> str:
        if name in _OPENING:
            return _OPENING[name] + _TIGHT
        if name in _CLOSING:
            return _TIGHT + _CLOSING[name]
        if name in _SPACES:
            return _SPACES[name]
        symbol = _symbols().get(name)
        if symbol is None:
            return _APART + name + _APART  # a function's name, such as log
        if self._peek().isspace() and self._space_only_ends_the_name(symbol):
            self._next += 1
        return symbol

    def _space_only_ends_the_name(self, symbol: str) -> bool:
        if not _is_ordinary(
            symbol
        ):  # an operator: "a \\cdot b" wants its space, "a\\cdot b" does not
            return self._next < 2 or not self._tokens[self._next - 2].isspace()
        after = self._tokens[self._next + 1] if self._next + 1 < len(self._tokens) else ""
        return _is_ordinary(_symbols().get(after[1:], "") if after.startswith("\\") else after)

    def _script(self, mark: str) -> str:
        text = self._argument()
        raised = [_scripts().get(mark + character) for character in text.replace(" ", "")]
        if all(raised):
            return "".join(character or "" for character in raised)
        return mark + (text if text.isalnum() or len(text) == 1 else _in_brackets(text))

    def _root(self) -> str:
        degree = ""
        if self._peek() == "[":
            self._take("[")
            degree = self._sequence("]")
            self._take("]")
        inside = self._argument()
        sign = _ROOTS.get(degree) or "".join(_scripts().get(f"^{c}", c) for c in degree) + "√"
        return sign + (inside if _is_single(inside) else _in_brackets(inside))

    def _environment(self) -> str:
        name = self._argument()
        if name == "array":
            self._argument()
        rows: list[list[str]] = [[]]
        end = "&"
        while end != "\\end":
            rows[-1].append(self._sequence("&", "\\\\", "\\end"))
            end = self._take("&", "\\\\", "\\end")
            if end == "\\\\":
                rows.append([])
        self._argument()
        gap = "" if name.startswith("align") else " "
        lines = [" ".join(gap.join(cells).split()) for cells in rows]
        lines = [line for line in lines if line]
        is_matrix = name == "array" or name.endswith("matrix")
        return f"[{'; '.join(lines)}]" if is_matrix else "\n".join(lines)


def _settle(text: str) -> str:
    """Carry out and remove the marks."""
    text = re.sub(f" *{_TIGHT} *", "", text)
    text = re.sub(rf"(?<=\w){_APART}+(?=\w)", " ", text)
    return text.replace(_APART, "")


def _numerator(text: str) -> str:
    return _in_brackets(text) if _is_compound(text.removeprefix("−")) else text


def _denominator(text: str) -> str:
    counts = re.match(r"[0-9.]+[^0-9.]", text)
    return _in_brackets(text) if counts or _is_compound(text) else text


def _is_compound(text: str) -> bool:
    while (without := re.sub(r"\([^()]*\)", "", text)) != text:
        text = without
    return re.search(r"[\s+−±×·/=,→]", text) is not None


def _in_brackets(text: str) -> str:
    return text if re.fullmatch(r"\([^()]*\)", text) else f"({text})"


def _is_single(text: str) -> bool:
    """Tell one letter with its scripts, or one number, from a product or a sum."""
    small = set(_scripts().values())
    letters = [c for c in text if c not in small and not unicodedata.combining(c)]
    return len(letters) == 1 or text.isdecimal() or _in_brackets(text) == text


def _is_ordinary(symbol: str) -> bool:
    return symbol.isalnum() or symbol in ("∂", "∇")


def _letter(alphabet: str, character: str) -> str:
    # Most phones have no font for the mathematical letters outside the basic plane.
    styled: str = _symbols().get(f"{alphabet}{{{character}}}", character)
    return styled if len(styled) == 1 and styled <= "\uffff" else character


def _accented(text: str, accent: str) -> str:
    return text + _accents()[accent] if len(text) == 1 else f"{accent}({text})"


@cache
def _symbols() -> dict[str, str]:
    return {latex[1:]: text for latex, text in REPLACEMENTS if latex[0] == "\\"} | _SYMBOLS


@cache
def _scripts() -> dict[str, str]:
    # unicodeit gives look-alikes for these; "^V" would even come out as a Korean letter.
    misleading = {"^.", "^<", "^>", "_<", "_>"}
    return {k: v for k, v in SUBSUPERSCRIPTS if k not in misleading} | _SCRIPTS


@cache
def _accents() -> dict[str, str]:
    return {latex[1:]: mark for latex, mark in COMBININGMARKS}
