"""Makes any text safe to stand in a Discord message: nothing invisible, no mention, no stray markup."""

import re

from bot.tutor.markdown import INLINE

_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Format characters but the joiners that letters and emoji are made with."""

_BROKEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_MARKUP = re.compile(
    r"[\\*_`]|~(?=~)|\|(?=\|)|\[(?=[^\[\]]*\]\()|<(?!#\d{17,20}>)(?=[@#:/]|[at]:|id:|\Z)"
)
"""What Discord reads as markup or as a mention; the name of a channel, `<#id>`, pings nobody."""

_LINE_START = re.compile(r"^(\s*)(#{1,3}(?=\s)|-#(?=\s)|>|[-+](?=\s)|\d+(?=[.)]\s))", re.MULTILINE)
_EVERYBODY = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_ZERO_WIDTH = "\u200b"
_TICKS = re.compile(r"`{3,}")
_SPACES = re.compile(r"\s+")
MOST_INLINE = 4000
"""Characters of one paragraph whose markup is looked at; a longer one is no paragraph."""

MOST_NESTED = 4


def safe(text: str) -> str:
    """Return `text` without what is not seen, and with � for what is no character to show."""
    text = text.replace("\r\n", "\n")
    return text if text.isascii() and text.isprintable() else _made_safe(text)


def _made_safe(text: str) -> str:
    return _BROKEN.sub("\ufffd", _UNSEEN.sub("", text))


def one_line(text: str) -> str:
    """Return `text` safe and on one line, with single spaces."""
    return _SPACES.sub(" ", safe(text)).strip()


def plain(text: str) -> str:
    """Return Markdown that shows `text` just as it is."""
    return _at_line_start(literal(safe(text)))


def literal(text: str) -> str:
    r"""Return `text` with a backslash before all that would be read as markup or as a mention.

    >>> literal("__init__ of <@1>")
    '\\_\\_init\\_\\_ of \\<@1>'
    """
    return _EVERYBODY.sub("@" + _ZERO_WIDTH, _MARKUP.sub(r"\\\g<0>", text))


def _at_line_start(text: str) -> str:
    """Keep lines from becoming headings, quotations and lists."""
    return _LINE_START.sub(_escaped_start, text)


def _escaped_start(found: re.Match[str]) -> str:
    # A backslash before a digit would show: there it is the sign behind the digits that is escaped.
    return found[0] + "\\" if found[2].isdecimal() else f"{found[1]}\\{found[2]}"


def paragraph(markdown: str) -> str:
    """Return one line of Markdown in Discord's: what is not markup there does not become it here."""
    return _at_line_start(inline(one_line(markdown)))


def inline(text: str, depth: int = MOST_NESTED) -> str:
    """Return safe Markdown of one line in Discord's; `depth` marks may stand in one another."""
    if len(text) > MOST_INLINE or not depth:
        return literal(text)
    shown: list[str] = []
    end = 0
    for found in INLINE.finditer(text):
        shown += (literal(text[end : found.start()]), _marked(found, depth - 1))
        end = found.end()
    return "".join([*shown, literal(text[end:])])


def _marked(found: re.Match[str], depth: int) -> str:
    kind, inner = next((k, t) for k, t in found.groupdict().items() if t and k != "ticks")
    match kind:
        case "code":
            return f"{found['ticks']}{inner}{found['ticks']}"
        case "bold":
            return f"**{inline(inner, depth)}**"
        case "italic" | "slanted":
            return f"*{inline(inner, depth)}*"
        case "label":
            return f"[{literal(inner)}]({found['url']})"
        case _:
            return literal(inner)


def unmarked(markdown: str) -> str:
    """Return Markdown of one line without its marks, for where Discord shows text as it is.

    >>> unmarked("the shape of `x`, **not** of y")
    'the shape of x, not of y'
    """
    return _bared(one_line(markdown[:MOST_INLINE]), MOST_NESTED)


def _bared(text: str, depth: int) -> str:
    return INLINE.sub(lambda found: _bare(found, depth - 1), text) if depth else text


def _bare(found: re.Match[str], depth: int) -> str:
    kind, inner = next((k, t) for k, t in found.groupdict().items() if t and k != "ticks")
    return _bared(inner, depth) if kind in ("bold", "italic", "slanted") else inner


def in_fence(text: str) -> str:
    """Return `text` so that it cannot end the block of code it stands in."""
    return _TICKS.sub(lambda found: _ZERO_WIDTH.join(found[0]), safe(text))


def fence(text: str, lang: str = "") -> str:
    """Return what `in_fence` has returned as a block of code."""
    return f"```{lang}\n{text}\n```"
