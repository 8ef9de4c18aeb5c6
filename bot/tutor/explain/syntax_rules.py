"""Rules for code that Python cannot read: brackets, colons, quotation marks, indentation."""

import re

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import Facts, span
from bot.tutor.explain.rule import Found, Rules, told
from bot.tutor.ports import Wording
from bot.tutor.straight import straightened

RULES = Rules()

_AT = r" \(<cell \d{1,9}>, line (?P<line>\d{1,7})\)"
_MOST_LINE = 100


def _line(facts: Facts, number: int) -> str:
    """Return a line of the cell, or nothing where there is no such line or it is too long to show."""
    lines = facts.code.splitlines()
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    return line.rstrip() if len(line) <= _MOST_LINE else ""


@RULES.of(
    "typographic",
    "SyntaxError",
    rf"invalid (?:non-printable )?character (?:'(?P<char>.)' )?\(?U\+(?P<code>[0-9A-F]{{4,6}})\)?{_AT}",
    by="parser",
)
def _typographic(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    char = chr(int(found["code"], 16)) if int(found["code"], 16) < 0x110000 else ""
    line = _line(facts, int(found["line"]))
    plain = straightened(line).strip()
    if straightened(char) == char:
        return None
    if char in "“”„«»‘’‚′″":
        return told(
            say(
                "{char} is a typographic quotation mark. Python knows only the straight ones, `\"` and `'`.",
                char=span(char),
            ),
            say(
                "Chat programs, phones and word processors replace straight quotation marks by themselves."
            ),
            say("Write straight ones:") if plain else say("Write straight ones."),
            plain,
        )
    return told(
        say(
            "Line {n} holds the character U+{code}, which looks like an ordinary one and is another.",
            n=found["line"],
            code=found["code"],
        ),
        say("It came along with copied text, or from a keyboard for another script."),
        say("Type it anew:") if plain else say("Type that place anew."),
        plain,
    )


@RULES.of("colon", "SyntaxError", rf"expected ':'{_AT}", by="parser")
def _colon(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    line = _line(facts, int(found["line"])).strip()
    opens = re.match(
        r"(async\s+)?(if|elif|else|for|while|def|class|with|try|except|finally|match|case)\b", line
    )
    sure = opens is not None and "#" not in line and ":" not in line and _is_balanced(line)
    return told(
        say("Line {n} begins a block, and such a line ends with a colon.", n=found["line"]),
        say("The colon at the end was forgotten."),
        say("Add it:") if sure else say("Put a `:` at the end of that line."),
        f"{line}:" if sure else "",
    )


def _is_balanced(line: str) -> bool:
    return all(line.count(a) == line.count(b) for a, b in ("()", "[]", "{}"))


@RULES.of("unclosed", "SyntaxError", rf"'(?P<bracket>[(\[{{])' was never closed{_AT}", by="parser")
def _unclosed(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    closing = {"(": ")", "[": "]", "{": "}"}[found["bracket"]]
    line = _line(facts, int(found["line"])).strip()
    opens = found["bracket"]
    lonely = line.count(opens) == line.count(closing) + 1 and not any(
        char in line for char in "#\"'"
    )
    whole = lonely and facts.code.rstrip().splitlines()[-1].strip() == line
    return told(
        say(
            "The bracket `{bracket}` that opens in line {n} is never closed.",
            bracket=opens,
            n=found["line"],
        ),
        say("A `{closing}` is missing, in that line or further down.", closing=closing),
        say("Close it, for example at the end:")
        if whole
        else say("Count the brackets of that line, and close this one."),
        f"{line}{closing}" if whole else "",
    )


@RULES.of(
    "bracket-pair",
    "SyntaxError",
    rf"closing parenthesis '(?P<got>[)\]}}])' does not match opening parenthesis '(?P<open>[(\[{{])'"
    rf"(?: on line \d{{1,7}})?{_AT}",
    by="parser",
)
def _pair(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    closing = {"(": ")", "[": "]", "{": "}"}[found["open"]]
    return told(
        say(
            "In line {n} a `{open}` is closed by `{got}`. Each bracket is closed by its own kind, the last "
            "opened first.",
            n=found["line"],
            open=found["open"],
            got=found["got"],
        ),
        say("A bracket is missing in between, or the wrong one was typed."),
        say("Write `{closing}` there, or close what was opened in between first.", closing=closing),
    )


@RULES.of("unmatched", "SyntaxError", rf"unmatched '(?P<got>[)\]}}])'{_AT}", by="parser")
def _unmatched(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return told(
        say(
            "Line {n} closes a bracket `{got}` that was never opened.",
            n=found["line"],
            got=found["got"],
        ),
        say("There is one closing bracket too many, or an opening one is missing."),
        say("Count the brackets of that line, and take one away or add one."),
    )


@RULES.of(
    "unclosed-text",
    "SyntaxError",
    rf"unterminated (?P<long>triple-quoted )?(?:f-)?string literal \(detected at line \d{{1,7}}\){_AT}",
    by="parser",
)
def _unclosed_text(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return told(
        say(
            "A piece of text begins in line {n} and does not end: its closing quotation mark is missing.",
            n=found["line"],
        ),
        say("The mark was forgotten, or the text holds the same mark, as in `'it's'`."),
        say("Close it with the same mark it begins with."),
    )


@RULES.of(
    "print",
    "SyntaxError",
    rf"Missing parentheses in call to 'print'\. Did you mean print\(\.\.\.\)\?{_AT}",
    by="parser",
)
def _print(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    line = _line(facts, int(found["line"])).strip()
    rest = line.removeprefix("print").strip()
    sure = line.startswith("print ") and "#" not in rest and ";" not in rest and bool(rest)
    return told(
        say("`print` is a function, so what it prints stands in round brackets."),
        say("Without brackets is how Python 2 wrote it, and old pages still show it."),
        say("Write:") if sure else say("Put round brackets around it."),
        f"print({rest})" if sure else "",
    )


@RULES.of(
    "equals",
    "SyntaxError",
    rf"(?:invalid syntax\. Maybe you meant '==' or ':=' instead of '='\?|cannot assign to .{{1,80}} here\. Maybe you "
    rf"meant '==' instead of '='\?){_AT}",
    by="parser",
)
def _equals(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    line = _line(facts, int(found["line"])).strip()
    asks = re.match(r"(if|elif|while)\b", line) is not None
    sure = asks and len(re.findall(r"(?<![=!<>:+\-*/@%&|^])=(?!=)", line)) == 1 and "(" not in line
    code = re.sub(r"(?<![=!<>:+\-*/@%&|^])=(?!=)", "==", line) if sure else ""
    return told(
        say(
            "In line {n} a single `=` stands where a question is asked. `=` gives a value, `==` compares.",
            n=found["line"],
        ),
        say("A comparison was meant."),
        say("Write two:") if code else say("Write `==` to compare."),
        code,
    )


@RULES.of(
    "comma", "SyntaxError", rf"invalid syntax\. Perhaps you forgot a comma\?{_AT}", by="parser"
)
def _comma(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return told(
        say(
            "In line {n} two things stand side by side inside brackets, with nothing between them.",
            n=found["line"],
        ),
        say("A comma is missing, or an operator such as `*`."),
        say("Separate them: `[1, 2]` instead of `[1 2]`."),
    )


# Indentation ------------------------------------------------------------------------------------


@RULES.of(
    "indent-missing",
    "IndentationError",
    rf"expected an indented block(?: after (?P<what>.{{1,60}}) on line (?P<opens>\d{{1,7}}))?{_AT}",
    by="parser",
)
def _indent_missing(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    opens = int(found["opens"]) if found["opens"] else 0
    head, body = _line(facts, opens), _line(facts, int(found["line"]))
    indent = head[: len(head) - len(head.lstrip())]
    sure = bool(head) and bool(body.strip()) and int(found["line"]) == opens + 1
    meaning = (
        say(
            "Line {n} ends with a colon, and the lines that belong to it must be moved to the right.",
            n=opens,
        )
        if opens
        else say(
            "After a line with a colon, the lines that belong to it must be moved to the right."
        )
    )
    return told(
        meaning,
        say(
            "The next line starts at the same place as the line before; the chat may have removed the spaces."
        ),
        say("Put four spaces in front:")
        if sure
        else say("Put four spaces in front of each line that belongs to it."),
        f"{head}\n{indent}    {body.strip()}" if sure else "",
    )


@RULES.of("indent-unexpected", "IndentationError", rf"unexpected indent{_AT}", by="parser")
def _indent_unexpected(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    body = _line(facts, int(found["line"])).strip()
    return told(
        say(
            "Line {n} starts further to the right than the line before, and no block begins there.",
            n=found["line"],
        ),
        say("Spaces came along with copied text, or a line with a colon above is missing."),
        say("Let it start where the others start:")
        if body
        else say("Let it start where the others start."),
        body,
    )


@RULES.of(
    "indent-level",
    "IndentationError",
    rf"unindent does not match any outer indentation level{_AT}",
    by="parser",
)
def _indent_level(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return told(
        say(
            "Line {n} goes back to the left, but to a place where no line above it starts.",
            n=found["line"],
        ),
        say("Somewhere a space is missing or one is too many."),
        say("Let all lines of one block start at exactly the same place, in steps of four spaces."),
    )


@RULES.of(
    "tabs", "TabError", rf"inconsistent use of tabs and spaces in indentation{_AT}", by="parser"
)
def _tabs(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return told(
        say(
            "Line {n} is indented with tabs where other lines use spaces; Python cannot compare the two.",
            n=found["line"],
        ),
        say("Parts were copied from different places; both look the same on the screen."),
        say("Use spaces only: four for each step."),
    )
