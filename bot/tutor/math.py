"""Turns the LaTeX math in lesson texts into Unicode that reads well in a chat line or a terminal."""

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


def math_to_unicode(markdown: str) -> str:
    r"""Return `markdown` with `$…$` and `$$…$$` as readable Unicode; code and money stay as they are.

    A block stands in a paragraph of its own. `\$` becomes a plain dollar.
    """
    return _MARKDOWN.sub(_replace, markdown) if "$" in markdown else markdown


def _replace(found: re.Match[str]) -> str:
    if found["escape"] == r"\$":
        return "$"
    if found["block"]:
        before = "\n\n" if found.start() else ""
        after = "\n\n" if found.end() < len(found.string) else ""
        return before + _in_markdown(found["block"]) + after
    inline = found["inline"] or found["spaced"]
    return _in_markdown(inline).replace("\n", "; ") if inline else found[0]


def _in_markdown(latex: str) -> str:
    # A star would be taken for emphasis by whatever renders the Markdown.
    return latex_to_unicode(latex).replace("*", "∗")
