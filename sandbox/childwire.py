"""The frames between the supervisor and the processes it starts: its templates and their children."""

from typing import Literal

from sandbox.wire import (
    Cell,
    CellError,
    Evaluation,
    Exports,
    Inspection,
    WireRecord,
)

MAX_TEMPLATE_MESSAGE = 64 * 1024
"""Messages on the template's channel are single SOCK_SEQPACKET packets of at most this size."""


class _Frame(WireRecord, tag_field="is", tag=True):
    pass


class TemplateSettings(WireRecord):
    """What a template is started with, as JSON on its command line: nothing secret."""

    tier: Literal["A", "C"]
    landlock_abi: int
    wall_seconds: float
    cpu_seconds: float
    memory_bytes: int
    output_bytes: int
    processes: int
    open_files: int
    file_bytes: int
    threads: int
    hidden: tuple[str, ...]


# With a template ---------------------------------------------------------------------------------


class Spawn(_Frame):
    """Fork a child. Its descriptors travel with the message: control, stdout, stderr."""

    key: int
    uid: int | None
    folder: str


class TemplateReady(_Frame):
    """The template is warm; `baseline_bytes` is what a child holds before it did anything."""

    baseline_bytes: int
    torch: str


class TemplateFailed(_Frame):
    """The template cannot serve; `why` is one sentence."""

    why: str


class Spawned(_Frame):
    key: int
    pid: int


class Exited(_Frame):
    pid: int
    status: int


FromTemplate = TemplateReady | TemplateFailed | Spawned | Exited


# With a child ------------------------------------------------------------------------------------


class RunCell(_Frame):
    number: int
    cell: Cell


class RunEvaluation(_Frame):
    job: Evaluation


ToChild = RunCell | RunEvaluation


class ChildReady(_Frame):
    pass


class ChildBroken(_Frame):
    """A wall does not hold: nothing may run here."""

    why: str


class CellDone(_Frame):
    """A cell ended by itself. Everything here is the learner's word."""

    status: Literal["ok", "error", "interrupted", "oom"]
    value: str | None
    error: CellError | None
    exit_code: int
    replaced: tuple[str, ...]


class Inspected(_Frame):
    inspection: Inspection


class EvaluationDone(_Frame):
    exports: Exports


FromChild = ChildReady | ChildBroken | CellDone | Inspected | EvaluationDone
