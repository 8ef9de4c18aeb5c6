"""Lays out the rounds in which a submission runs: which inputs each starts from, and the yardsticks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from msgspec.structs import replace

from bot.tutor.given import draw, whole_numbers
from bot.tutor.task import Task
from sandbox.wire import Evaluation, Export, Exports, ListValue, PlainValue, TensorValue, Value

PUBLIC = "public"
"""Label of the round whose inputs the learner sees."""


@dataclass(frozen=True, slots=True)
class Start:
    """What the code of one round starts from; `sizes` holds the given whole numbers by name."""

    label: str
    given: Mapping[str, Value]
    sizes: Mapping[str, int]
    seed: int

    @property
    def is_hidden(self) -> bool:
        return self.label != PUBLIC

    def submission(self, *cells: str, exports: Mapping[str, Export]) -> Evaluation:
        """Return the job that runs a learner's cells from here.

        An earlier cell may be a try that only worked with the shown sizes: it must not spoil the one
        that replaced it.
        """
        return replace(self.evaluation(*cells, exports=exports), past_errors=True)

    def evaluation(
        self, *cells: str, exports: Mapping[str, Export], state: bool = False
    ) -> Evaluation:
        """Return the job that runs an author's `cells` from here."""
        return Evaluation(
            given=dict(self.given), cells=cells, exports=dict(exports), seed=self.seed, state=state
        )


@dataclass(frozen=True, slots=True)
class Round:
    """One start, with what the reference and the known mistakes lead to from there.

    `mistakes` holds results by index in the task's misconceptions. Hidden rounds lack those that the
    public round already tells from the reference.
    """

    start: Start
    reference: Exports
    mistakes: Mapping[int, Exports] = field(default_factory=dict)


def labels_of(task: Task, attempt: int) -> tuple[str, ...]:
    """Return the labels of the rounds of an attempt, the public one first."""
    return (PUBLIC, *(f"{attempt}.{number}" for number in range(1, task.rounds.hidden + 1)))


def starts_of(task: Task, learner: int, attempt: int, secret: bytes) -> dict[str, Start]:
    """Return by label where the rounds of an attempt start from, without what earlier steps leave.

    All steps of a challenge share the public inputs of a learner; hidden ones are new for every
    attempt at every step, in sizes too where there is a choice. Raises `GivenError`.
    """
    starts: dict[str, Start] = {}
    for label in labels_of(task, attempt):
        hidden = label != PUBLIC
        which = (learner, task.lesson, task.inputs, *((task.item, label) if hidden else (PUBLIC,)))
        given = draw(
            task.given,
            derived(secret, "given", *which),
            hidden=hidden,
            unlike=[one.given for one in starts.values()],
        )
        # NumPy's global generator in the sandbox takes 32 bits at most.
        seed = derived(secret, "run", *which) % 2**32
        starts[label] = Start(label, given, whole_numbers(given), seed)
    return starts


def derived(secret: bytes, *parts: object) -> int:
    """Return a 64-bit number that nobody can tell without `secret`, the same for the same parts."""
    texts = [str(part).encode() for part in parts]
    message = b"".join(b"%d:%s" % (len(text), text) for text in texts)
    return int.from_bytes(blake2b(message, key=secret[:64], digest_size=8).digest(), "big")


def weight_of(values: Mapping[str, Value]) -> int:
    """Return roughly how many bytes the values take."""
    return sum(len(name) + _weight(value) for name, value in values.items())


def _weight(value: Value) -> int:
    match value:
        case TensorValue(data=data):
            return 200 + len(data)
        case ListValue(items=items):
            return 100 + sum(map(_weight, items))
        case PlainValue(value=str(text)):
            return 100 + len(text)
        case _:
            return 100
