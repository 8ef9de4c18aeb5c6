"""The frames between the supervisor and the processes it starts: its templates and their children."""

import signal
from typing import Annotated, Literal

from msgspec import Meta

from sandbox.inspection import Inspection
from sandbox.jail.limits import Limits
from sandbox.jail.tiers import Walls
from sandbox.record import WireRecord
from sandbox.wire import (
    Cell,
    CellError,
    Evaluation,
    Exports,
)

MAX_TEMPLATE_MESSAGE = 64 * 1024
"""Messages on the template's channel are single SOCK_SEQPACKET packets of at most this size."""

MOST_REPLACED = 256
"""How many names that a cell's given values replaced are told."""

MOST_FIGURES = 4
MOST_FIGURE_SIDE = 1600
MOST_FIGURE_PIXELS = 1_500_000
"""How many figures of a run come out, and how large; the child scales larger ones down."""


WAKE = signal.SIGUSR1
"""What makes a snapshot fork a copy of itself that goes on as the session."""


class _Frame(WireRecord, frozen=True, tag_field="is", tag=True):
    pass


class OnGpu(WireRecord, frozen=True):
    """Children work on the GPU with this index, and on at most this share of its memory."""

    index: int
    memory_fraction: float


class TemplateSettings(WireRecord, frozen=True):
    """What a template is started with, as JSON on its command line: nothing secret.

    Sessions live in `folder`. `private` folders and `closed_socket` are what children must not
    reach: each of them tries.
    """

    walls: Walls
    limits: Limits
    threads: int
    hidden: tuple[str, ...]
    folder: str
    private: tuple[str, ...]
    closed_socket: str | None
    gpu: OnGpu | None = None


# With a template ---------------------------------------------------------------------------------


class Spawn(_Frame, frozen=True):
    """Fork a child. Its descriptors travel with the message: control, stdout, stderr and
    the pulse, a pipe whose other end the supervisor holds open as long as the child may live.
    """

    key: int
    uid: int | None
    folder: str


class TemplateReady(_Frame, frozen=True):
    """The template is warm; `baseline_bytes` is what a child holds before it did anything."""

    baseline_bytes: int
    torch: str


class TemplateFailed(_Frame, frozen=True):
    """The template cannot serve; `why` is one sentence."""

    why: str


class Spawned(_Frame, frozen=True):
    key: int
    pid: int


class Exited(_Frame, frozen=True):
    pid: int
    status: int


FromTemplate = TemplateReady | TemplateFailed | Spawned | Exited


# With a child ------------------------------------------------------------------------------------


class RunCell(_Frame, frozen=True):
    number: int
    cell: Cell


class RunEvaluation(_Frame, frozen=True):
    job: Evaluation


class TakeSnapshot(_Frame, frozen=True):
    """Fork a copy of the session as it is now."""


ToChild = RunCell | RunEvaluation | TakeSnapshot


class ChildReady(_Frame, frozen=True):
    pass


class ChildBroken(_Frame, frozen=True):
    """A wall does not hold: nothing may run here."""

    why: str


class Snapshotted(_Frame, frozen=True):
    """The sender is a snapshot and waits. Who that is tells the kernel, not the frame."""


class NoSnapshot(_Frame, frozen=True):
    """The sender could not fork."""


class Woken(_Frame, frozen=True):
    """The sender is the session now, in the state of the snapshot it was forked from."""


class CellDone(_Frame, frozen=True):
    """A cell ended by itself. Everything here is the learner's word."""

    status: Literal["ok", "error", "interrupted", "oom"]
    value: str | None
    error: CellError | None
    exit_code: int
    replaced: Annotated[tuple[str, ...], Meta(max_length=MOST_REPLACED)]


class Drawing(_Frame, frozen=True):
    """Figures are being drawn: `Drawn` frames follow, and the report takes longer."""


class Drawn(_Frame, frozen=True):
    """A figure as bare pixels, 8-bit RGBA row by row: nothing that a decoder could trip over."""

    width: int
    height: int
    rgba: bytes


class Inspected(_Frame, frozen=True):
    """The last word on a run. `more_figures` were not drawn, `wrote` says that files may be new."""

    inspection: Inspection
    more_figures: int = 0
    wrote: bool = False


class EvaluationDone(_Frame, frozen=True):
    exports: Exports


FromChild = (
    ChildReady
    | ChildBroken
    | Snapshotted
    | NoSnapshot
    | Woken
    | CellDone
    | Drawing
    | Drawn
    | Inspected
    | EvaluationDone
)
