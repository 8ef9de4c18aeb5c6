"""Turns what can be pressed into rows of buttons and selects, and says what there is no room for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.platforms.discord.limits import (
    LABEL,
    OPTION_TEXT,
    OPTIONS,
    PLACEHOLDER,
    ROW_BUTTONS,
    ROWS,
    URL,
    cut,
    units,
)
from bot.platforms.discord.look import Look
from bot.platforms.discord.outgoing import ButtonItem, Component, LinkItem, Option, Row, SelectItem
from bot.platforms.discord.pieces import Words
from bot.platforms.discord.refs import as_another, as_option, custom_id, pick_id
from bot.platforms.discord.words import inline, one_line, unmarked
from bot.tutor.reply import Action, Button, Choice, Link, Ref

ASKING = frozenset({"answer", "vote"})
"""The verbs of options that have letters: those of questions."""

MOST_LETTERS = 20
"""Options that stand as buttons; also the reactions that one message takes."""

SHORT = 34
"""Characters of an option that a button shows whole on a phone."""

MOST_OPTION = 400
"""Characters of an option in the list of a question."""

MOST_ACTIONS = 60
MOST_SELECTS = 3
MOST_REMEMBERED = 256
EMOJI = {
    "run": "▶️",
    "edit": "✏️",
    "draft": "▶️",
    "again": "🔁",
    "stop": "⏹️",
    "hint": "💡",
    "inspect": "🔍",
    "handin": "📝",
    "submit": "📨",
    "rerun": "🔁",
    "delete": "🗑️",
    "gpu": "⚡",
    "language": "🌐",
}
"""Signs on buttons by what they do; the label says the same in words."""

_LEADING = ("primary", "success")
_FIRST_LETTER = 0x1F1E6


def letter(number: int) -> str:
    """Return the letter of an option: 0 is A."""
    return chr(ord("A") + number)


def reaction(number: int) -> str:
    """Return the emoji of an option's letter: 0 is 🇦."""
    return chr(_FIRST_LETTER + number)


@dataclass(frozen=True, slots=True)
class Controls:
    """The rows of a message, and what has to be said about them in words."""

    rows: tuple[Row, ...] = ()
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """Controls that stand in one row, and no others with them if `closed`."""

    items: Row
    closed: bool = True


class Panel:
    """The controls of one message, whose custom ids all have to differ."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._say = look.say
        self._ids: set[str] = set()
        self._selects = 0
        self._words: list[Words] = []
        self._missing = 0

    def controls(self, actions: Sequence[Action]) -> Controls:
        """Return the rows that `actions` make."""
        self._missing += max(len(actions) - MOST_ACTIONS, 0)
        lines = [line for action in actions[:MOST_ACTIONS] for line in self._lines(action)]
        rows = self._packed(lines)
        if self._missing:
            text = self._say.plural(
                "{n} more thing to press has no room here.",
                "{n} more things to press have no room here.",
                self._missing,
            )
            self._words.append(Words(f"-# … {text}", close=True))
        return Controls(rows, tuple(self._words))

    def _lines(self, action: Action) -> Iterator[_Line]:
        match action:
            case Button():
                yield from self._button(action)
            case Link(label=label, url=url):
                yield from self._link(label, url)
            case Choice(options=options, many=many):
                is_asking = bool(options) and options[0][1].verb in ASKING
                if is_asking and len(options) <= MOST_LETTERS:
                    yield from self._lettered_select(action) if many else self._letters(action)
                elif many:
                    yield from self._select(action.placeholder, options[:OPTIONS], many=True)
                    self._missing += max(len(options) - OPTIONS, 0)
                else:
                    yield from self._selects_of(action)

    # Buttons ----------------------------------------------------------------------------------

    def _button(self, button: Button) -> Iterator[_Line]:
        written = self._own(custom_id(button.ref))
        if written is None:
            self._missing += 1
            return
        emoji = EMOJI.get(button.ref.verb)
        yield _Line((ButtonItem(label(button.label), written, button.style, emoji),), closed=False)

    def _link(self, text: str, url: str) -> Iterator[_Line]:
        is_address = (
            url.isprintable() and " " not in url and url.startswith(("https://", "http://"))
        )
        if is_address and units(url) <= URL:
            yield _Line((LinkItem(label(text), url),), closed=False)
        else:
            self._missing += 1

    def _own(self, written: str | None) -> str | None:
        """Return a custom id that no control has yet, None where that does not fit."""
        number = 0
        found = written
        while found is not None and written is not None and found in self._ids:
            number += 1
            found = as_another(written, number)
        if found is not None:
            self._ids.add(found)
        return found

    # Questions --------------------------------------------------------------------------------

    def _letters(self, choice: Choice) -> Iterator[_Line]:
        """Yield a button for each option, with its letter, and list the options in words."""
        labels = [unmarked(cut(text, MOST_OPTION)) for text, _ in choice.options]
        are_short = all(units(text) <= SHORT for text in labels)
        items: list[Component] = []
        for number, (text, (_, ref)) in enumerate(zip(labels, choice.options, strict=True)):
            written = custom_id(ref)
            marked = self._own(written and as_option(written, number))
            if marked is None:
                self._missing += 1
                continue
            shown = f"{letter(number)} · {text}" if are_short and text else letter(number)
            items.append(ButtonItem(shown, marked))
        self._list(choice)
        if self._look.is_dm and len(items) == len(choice.options):
            letters = " ".join(reaction(number) for number in range(len(items)))
            text = self._say("Press a button, or react with {letters}", letters=letters)
            self._words.append(Words(f"-# {text}", close=True))
        yield from (_Line(tuple(row)) for row in _in_rows(items))

    def _lettered_select(self, choice: Choice) -> Iterator[_Line]:
        self._list(choice)
        yield from self._select(choice.placeholder, choice.options, many=True, lettered=True)

    def _list(self, choice: Choice) -> None:
        lines = [
            f"{reaction(number)} {inline(one_line(cut(text, MOST_OPTION))) or letter(number)}"
            for number, (text, _) in enumerate(choice.options)
        ]
        heading = inline(one_line(cut(choice.placeholder, PLACEHOLDER)))
        self._words.append(Words("\n".join([*([f"**{heading}**"] if heading else []), *lines])))

    # Selects ----------------------------------------------------------------------------------

    def _selects_of(self, choice: Choice) -> Iterator[_Line]:
        """Yield as many selects as it takes for one option to be chosen from all."""
        for start in range(0, len(choice.options), OPTIONS):
            part = choice.options[start : start + OPTIONS]
            if start >= MOST_SELECTS * OPTIONS:
                self._missing += len(part)
                continue
            which = f" ({start + 1}–{start + len(part)})" if len(choice.options) > OPTIONS else ""
            yield from self._select(cut(choice.placeholder, PLACEHOLDER - 20) + which, part)

    def _select(
        self,
        placeholder: str,
        options: Iterable[tuple[str, Ref]],
        *,
        many: bool = False,
        lettered: bool = False,
    ) -> Iterator[_Line]:
        made: dict[str, Option] = {}
        for number, (text, ref) in enumerate(options):
            value = custom_id(ref)
            if value is None or value in made:
                self._missing += 1
                continue
            made[value] = option(text, value, reaction(number) if lettered else None)
        if not made:
            return
        written = pick_id(self._selects)
        self._selects += 1
        shown = cut(unmarked(cut(placeholder, MOST_OPTION)), PLACEHOLDER) or "…"
        most = len(made) if many else 1
        yield _Line((SelectItem(written, shown, tuple(made.values()), 1, most),))

    # Rows -------------------------------------------------------------------------------------

    def _packed(self, lines: list[_Line]) -> tuple[Row, ...]:
        """Return the rows in order; where they are too many, links go first, then the last ones."""
        rows = _rows(lines)
        while len(rows) > ROWS:
            links = [at for at, line in enumerate(lines) if isinstance(line.items[0], LinkItem)]
            dropped = lines.pop(links[-1] if links else -1)
            self._missing += sum(map(_count, dropped.items))
            rows = _rows(lines)
        return rows


def _count(item: Component) -> int:
    return len(item.options) if isinstance(item, SelectItem) else 1


def _rows(lines: Iterable[_Line]) -> tuple[Row, ...]:
    rows: list[list[Component]] = []
    is_open = False
    for line in lines:
        if line.closed or not is_open or len(rows[-1]) == ROW_BUTTONS:
            rows.append([])
        rows[-1] += line.items
        is_open = not line.closed
    return tuple(tuple(sorted(row, key=_rank)) for row in rows)


def _rank(item: Component) -> int:
    """Put what leads on before the rest of its row."""
    return 0 if isinstance(item, ButtonItem) and item.style in _LEADING else 1


def _in_rows(items: Sequence[Component]) -> Iterator[Sequence[Component]]:
    for start in range(0, len(items), ROW_BUTTONS):
        yield items[start : start + ROW_BUTTONS]


@lru_cache(maxsize=MOST_REMEMBERED)
def label(text: str) -> str:
    """Return the words on a button; they are shown as they are, and there have to be some."""
    return cut(unmarked(cut(text, MOST_OPTION)), LABEL) or "–"


def option(text: str, value: str, emoji: str | None) -> Option:
    """Return a line of a select: what does not fit its label goes on below it."""
    shown = unmarked(cut(text, MOST_OPTION)) or "–"
    if units(shown) <= OPTION_TEXT:
        return Option(shown, value, emoji=emoji)
    first = cut(shown, OPTION_TEXT)
    rest = shown[len(first) - 1 :].strip()
    return Option(first, value, cut(rest, OPTION_TEXT), emoji)
