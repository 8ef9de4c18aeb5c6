"""Reads the commands that a learner types; pure."""

from dataclasses import dataclass
from typing import Literal

from bot.tutor.verbs import NAMES, named

LEAVE = ("quit", "exit", "bye", "종료", "나가기", "끝")


@dataclass(frozen=True, slots=True)
class Verb:
    """A command, as `/verb args` or as one plain word."""

    name: str
    args: tuple[str, ...] = ()
    slash: bool = True

    @property
    def is_known(self) -> bool:
        """Whether there is such a verb."""
        return self.name in NAMES


def read_verb(text: str) -> Verb | Literal["leave"] | None:
    """Return the command that `text` is: after a slash any word, else a verb in any language."""
    slash = text.startswith("/")
    word, *args = text.removeprefix("/").split() or [""]
    if word.casefold() in LEAVE and not args:
        return "leave"
    name = named(word)
    if slash or (name in NAMES and not args):
        return Verb(name, tuple(args), slash)
    return None
