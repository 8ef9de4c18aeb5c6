"""Gives what can be pressed a key to type, and finds what a typed key or label presses."""

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from bot.tutor.reply import Action, Button, Choice, Heading, Ref, Reply

MOST_PICKED = 26
_SEPARATORS = re.compile(r"[\s,;+]+")
_FROM_HANGUL_KEYS = str.maketrans(
    "ㅁㅠㅊㅇㄷㄹㅎㅗㅑㅓㅏㅣㅡㅜㅐㅔㅂㄱㄴㅅㅕㅍㅈㅌㅛㅋ", string.ascii_lowercase
)
"""What a Korean keyboard types for the letters, in case it was left in Hangul."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """An action and the keys of what it offers: one of a button, one an option, none of a link."""

    action: Action
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TooMany:
    """Several options were named where one is wanted."""


def assign_keys(replies: Sequence[Reply]) -> tuple[tuple[Keyed, ...], ...]:
    """Return the keyed actions of each reply: buttons 1, 2, …, options a, b, … throughout."""
    numbers, letters = map(str, count(1)), _letters()
    return tuple(
        tuple(_keyed(action, numbers, letters) for action in reply.actions) for reply in replies
    )


def _keyed(action: Action, numbers: Iterator[str], letters: Iterator[str]) -> Keyed:
    match action:
        case Button():
            return Keyed(action, (next(numbers),))
        case Choice(options=options):
            return Keyed(action, tuple(next(letters) for _ in options))
        case _:
            return Keyed(action, ())


def _letters() -> Iterator[str]:
    for round_ in count():
        for letter in string.ascii_lowercase:
            yield letter + (str(round_) if round_ else "")


@dataclass(frozen=True, slots=True)
class Menu:
    """What can be pressed just now: buttons and options by key, all of them by their text."""

    buttons: Mapping[str, Ref] = field(default_factory=dict)
    choices: tuple[tuple[Choice, Mapping[str, Ref]], ...] = ()
    labels: Mapping[str, Ref] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that press something, buttons first."""
        return (*self.buttons, *(key for _, refs in self.choices for key in refs))

    def pressed(self, text: str) -> Ref | TooMany | None:
        """Return what `text` presses: a key, a whole label, or several letters of one choice."""
        key = folded(text.translate(_FROM_HANGUL_KEYS)).strip("[]().")
        for refs in (self.buttons, *(refs for _, refs in self.choices)):
            if key in refs:
                return refs[key]
        if folded(text) in self.labels:
            return self.labels[folded(text)]
        for choice, refs in self.choices:
            picked = _picked(key, refs)
            if picked:
                return _several(picked) if choice.many else TooMany()
        return None


def menu_after(replies: Sequence[Reply], before: Menu) -> Menu:
    """Return what can be pressed once `replies` are shown.

    A reply with a heading opens a new page. Without one, what the page `before` offered can still
    be pressed: options by their letters unless there are new ones, everything by its text.
    """
    now = _menu([item for keyed in assign_keys(replies) for item in keyed])
    if any(map(_opens_page, replies)):
        return now
    return Menu(
        now.buttons or before.buttons,
        now.choices or before.choices,
        {**before.labels, **now.labels},
    )


def _menu(keyed: Sequence[Keyed]) -> Menu:
    buttons: dict[str, Ref] = {}
    choices: list[tuple[Choice, dict[str, Ref]]] = []
    labels: dict[str, Ref] = {}
    for item in keyed:
        match item.action:
            case Button(label=label, ref=ref):
                buttons[item.keys[0]] = ref
                labels.setdefault(folded(label), ref)
            case Choice(options=options) as choice:
                refs = [ref for _, ref in options]
                choices.append((choice, dict(zip(item.keys, refs, strict=True))))
                for label, ref in options:
                    labels.setdefault(folded(label), ref)
            case _:
                pass
    return Menu(buttons, tuple(choices), labels)


def _opens_page(reply: Reply) -> bool:
    return any(isinstance(part, Heading) for part in reply.parts)


def _picked(text: str, refs: Mapping[str, Ref]) -> list[Ref]:
    """Return the options that `text` lists: "a c", "a,c" or "ac"; none if anything else is in it."""
    keys = _SEPARATORS.split(text.strip(" ,;+"))
    if len(keys) == 1:
        keys = list(keys[0])
    if len(keys) > MOST_PICKED or any(key not in refs for key in keys):
        return []
    return [refs[key] for key in dict.fromkeys(keys)]


def _several(picked: list[Ref]) -> Ref:
    first, *others = picked
    return Ref(first.verb, first.args + tuple(arg for ref in others for arg in ref.args[-1:]))


def folded(text: str) -> str:
    """Return `text` as labels are compared: NFKC, without case, marks of Markdown or extra spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.replace("`", "").replace("**", "").split())
