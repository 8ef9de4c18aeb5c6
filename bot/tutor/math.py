"""Turns the LaTeX math in lesson texts into Unicode that reads well in a chat line or a terminal.

A block of math can also stay LaTeX, in a fence marked `math`, for whoever can draw it.
"""

import re

from bot.tutor.latex import latex_to_unicode

_MARKDOWN = re.compile(
    r"""
      ^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n (?:.*?\n)?? [ \t]*(?P=fence)[`~]*[ \t]*$
    | (?P<ticks>`+) (?!`) (?:(?!\n[ \t]*\n).){1,2000}? (?<!`)(?P=ticks)(?!`)
    | `+
    | (?P<escape>\\.)
    | (?:(?<!\s)\s+)? \$\$ (?P<block>(?:[^$\\]|\\.)+) \$\$ \s*
    | (?<![0-9A-Za-z$]) \$ (?!\s) (?P<inline>(?:[^$\\\n]|\\.)+) (?<!\s)\$ (?![0-9$])
    | (?<![0-9A-Za-z$]) \$ (?![\s0-9]) (?P<spaced>(?:[^$\\\n]|\\.)+) \$ (?![0-9A-Za-z$])
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
"""Code comes before math, so that a dollar in code is never looked at; `$5 and $6` is money, since
what closes math follows no space and starts no number."""


_BLOCK = re.compile(r"^```math\n(?P<latex>.*?)\n```$", re.DOTALL | re.MULTILINE)


def math_to_unicode(markdown: str) -> str:
    r"""Return `markdown` with `$…$` and `$$…$$` as readable Unicode; code and money stay as they are.

    A block stands in a paragraph of its own. `\$` becomes a plain dollar.
    """
    return _MARKDOWN.sub(_replace, markdown) if "$" in markdown else markdown


def with_blocks_fenced(markdown: str) -> str:
    """Return `markdown` with math as Unicode, but for each `$$…$$`, which is LaTeX in a fence."""
    return _MARKDOWN.sub(_fenced, markdown) if "$" in markdown else markdown


def blocks_to_unicode(markdown: str) -> str:
    """Return `markdown` with the math in fences as Unicode, too."""
    return _BLOCK.sub(lambda block: _in_markdown(block["latex"]), markdown)


def apart(markdown: str) -> list[tuple[str, bool]]:
    """Return the pieces of `markdown` in order: text, and the LaTeX of fences, which is marked."""
    pieces = _BLOCK.split(markdown)
    return [(text.strip(), bool(odd % 2)) for odd, text in enumerate(pieces) if text.strip()]


def _replace(found: re.Match[str]) -> str:
    return _apart(found, _in_markdown(found["block"])) if found["block"] else _inline(found)


def _fenced(found: re.Match[str]) -> str:
    # A fence inside the formula would end its own: no formula needs one.
    if not found["block"] or "```" in found["block"]:
        return _replace(found)
    return _apart(found, f"```math\n{found['block'].strip()}\n```")


def _apart(found: re.Match[str], text: str) -> str:
    before = "\n\n" if found.start() else ""
    after = "\n\n" if found.end() < len(found.string) else ""
    return before + text + after


def _inline(found: re.Match[str]) -> str:
    if found["escape"] == r"\$":
        return "$"
    inline = found["inline"] or found["spaced"]
    return _in_markdown(inline).replace("\n", "; ") if inline else found[0]


def _in_markdown(latex: str) -> str:
    # A star would be taken for emphasis by whatever renders the Markdown.
    return latex_to_unicode(latex).replace("*", "∗")
