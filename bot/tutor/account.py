"""What came of the cells that are being run for one answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.tutor.inspector.seen import Seen
from bot.tutor.inspector.telling import Telling
from bot.tutor.ports import Ended, Lost, Refused
from bot.tutor.records import RanCell
from bot.tutor.reply import Button, Part

Final = Ended | Lost | Refused


@dataclass(slots=True)
class Account:
    """What came of the cells so far: what to show and to offer, and whether the last one worked.

    `gpu` tells that they run in the learner's session on a GPU, `aside` names the session that they
    run in where they are not the learner's. `seen` is what the last of them left of the variables,
    and `telling` what is said of that. `count` is how many there have been.
    """

    parts: list[Part] = field(default_factory=list)
    offers: list[Button] = field(default_factory=list)
    final: Final = field(default_factory=lambda: Refused(None))
    code: str = ""
    gpu: bool = False
    aside: str = ""
    seen: Seen | None = None
    telling: Telling | None = None
    count: int = 0

    @property
    def ok(self) -> bool:
        return isinstance(self.final, Ended) and self.final.result.status == "ok"

    @property
    def stays(self) -> bool:
        """Whether the last cell worked, and what it did is there for the next one."""
        return self.ok and not (isinstance(self.final, Ended) and self.final.result.restored)

    @property
    def rewound(self) -> bool:
        return isinstance(self.final, Ended) and self.final.result.rewound

    @property
    def went_on(self) -> bool:
        """Whether the last cell ran on the variables that the cells before it left."""
        match self.final:
            case Ended(result=result, fresh=fresh):
                return result.alive and not (result.rewound or fresh)
            case _:
                return False

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is about another session than the one with the learner's variables."""
        return self.gpu or bool(self.aside)


@dataclass(frozen=True, slots=True)
class Instead:
    """Code runs in the place of these cells, because it was edited or is run again.

    Edited code takes back what the cells did, where nothing has followed them (`is_latest`).
    """

    of: Sequence[RanCell]
    edited: bool = True
    is_latest: bool = False

    @property
    def undoes(self) -> str | None:
        """The code to take back before, if the sandbox can."""
        return self.of[0].code if self.edited and self.is_latest and len(self.of) == 1 else None
