"""The typed frames that cross the sandbox's sockets: values, size caps and strict decoding, nothing else.

A frame is four bytes of length (big-endian) and that many bytes of MessagePack. Every type forbids
unknown fields and wrong types, so a frame either decodes into exactly what is declared here or is a
`WireError`. Nothing is ever unpickled.
"""

import struct
from collections.abc import Iterator
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from sandbox.failure import Failure
from sandbox.inspection import Inspection, Look
from sandbox.record import WireRecord

PROTOCOL_VERSION = 3

MAX_CODE_CHARS = 64 * 1024
"""Longest cell, in characters; longer code is answered, not run."""

MAX_REQUEST_BYTES = 16 * 1024 * 1024
"""Largest frame accepted from a client of the supervisor's socket."""

MAX_REPORT_BYTES = 16 * 1024 * 1024
"""Largest frame accepted from a jailed child."""

MAX_REPLY_BYTES = 64 * 1024 * 1024
"""Largest frame a client accepts from the supervisor."""

Message = TypeVar("Message")

_LENGTH = struct.Struct(">I")

Status = Literal["ok", "error", "timeout", "oom", "output_limit", "killed", "interrupted"]
"""How a run ended. All of these are the learner's doing, hence values and never exceptions."""

Stream = Literal["stdout", "stderr"]
Device = Literal["auto", "cpu", "cuda"]
Ran = Literal["yes", "no", "unknown"]


class WireError(Exception):
    """A frame was too long, not MessagePack, or not of a declared type."""


class Busy(Exception):  # noqa: N818  (the public name of the design, read as a state)
    """No room for another session or run just now; try again in `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the sandbox is busy; try again in {retry_after:.1f} s")
        self.retry_after = retry_after


class SessionLost(Exception):  # noqa: N818
    """The session of a `SessionRef` is gone, and `ran` says whether the cell had run."""

    def __init__(self, why: str, ran: Ran) -> None:
        super().__init__(f"the session is gone ({why}); the cell ran: {ran}")
        self.why = why
        self.ran = ran


class BackendUnavailable(Exception):  # noqa: N818
    """The supervisor cannot be reached or does not speak our protocol version."""


# Values that may enter or leave a jailed process ------------------------------------------------


class TensorValue(WireRecord, frozen=True, tag_field="is", tag="tensor"):
    """A dense tensor: C-contiguous little-endian `data`, `dtype` without the `torch.` prefix."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes
    requires_grad: bool = False
    device: str = "cpu"


class PlainValue(WireRecord, frozen=True, tag_field="is", tag="plain"):
    """A Python number, string, bool or None, of exactly that type (no subclass)."""

    value: bool | int | float | str | None


class ListValue(WireRecord, frozen=True, tag_field="is", tag="list"):
    """A list or tuple of values."""

    kind: Literal["list", "tuple"]
    items: tuple["Value", ...]


class RaisedValue(WireRecord, frozen=True, tag_field="is", tag="raised"):
    """Evaluating the export raised this exception."""

    type: str
    message: str


class MissingValue(WireRecord, frozen=True, tag_field="is", tag="missing"):
    """The name does not exist."""

    name: str


class OpaqueValue(WireRecord, frozen=True, tag_field="is", tag="opaque"):
    """Something that is not compared: `kind` names its type, or why it could not be exported."""

    kind: str


Value = TensorValue | PlainValue | ListValue | RaisedValue | MissingValue | OpaqueValue


# What a caller asks -----------------------------------------------------------------------------


class SessionSpec(WireRecord, frozen=True):
    """What kind of session to open."""

    device: Device = "auto"


class SessionRef(WireRecord, frozen=True):
    """A live session; `epoch` changes whenever the supervisor could have lost it."""

    session_id: str
    epoch: str


class Cell(WireRecord, frozen=True):
    """One code block. `given` is bound in the session's namespace before the code runs.

    With `rewind` it runs on the state before the session's latest cell, if that state was kept:
    what an edited source needs. `RunResult.rewound` tells whether it was.

    With `look` nothing runs, the other fields are ignored, and the session is as it was: the result's
    inspection has a `detail`, or none where there is no such tensor.
    """

    code: str
    stdin: str = ""
    given: dict[str, Value] = msgspec.field(default_factory=dict)
    rewind: bool = False
    look: Look | None = None


class ValueOf(WireRecord, frozen=True, tag_field="is", tag="value"):
    """Export the value of a Python expression, evaluated in the process's namespace."""

    expression: str


class CallOf(WireRecord, frozen=True, tag_field="is", tag="call"):
    """Export what `function` returns for `arguments`: expressions over fresh copies of `given`."""

    function: str
    arguments: tuple[str, ...]


Export = ValueOf | CallOf


class Evaluation(WireRecord, frozen=True):
    """Grading work for a fresh one-off process: bind `given`, run `cells`, send back `exports`.

    `exports` maps the caller's keys to what is wanted. With `state`, every global that the cells
    bound or changed and that can be exported comes back as well. With `past_errors`, a cell that
    raises does not keep later ones from running: only how the last one ends counts.
    """

    given: dict[str, Value]
    cells: tuple[str, ...]
    exports: dict[str, Export]
    seed: int
    state: bool = False
    past_errors: bool = False


# What comes back --------------------------------------------------------------------------------


HintKind = Literal[
    "magic",
    "shell",
    "missing_module",
    "no_network",
    "no_input",
    "full_disk",
    "needs_gpu",
    "gpu_lost",
]


class Hint(WireRecord, frozen=True):
    """What a newcomer to this sandbox should know about an error; `names` fill the sentence."""

    kind: HintKind
    names: tuple[str, ...] = ()


class CellError(WireRecord, frozen=True):
    """An exception that learner code did not catch; `traceback` shows the learner's lines only.

    `failure` is what the frames it came through tell about it, for whoever explains it.
    """

    type: str
    message: str
    line: int | None
    traceback: str
    hint: Hint | None = None
    failure: Failure | None = None


class Figure(WireRecord, frozen=True):
    """A picture the code drew, re-encoded as PNG on the trusted side."""

    png: bytes


class ProducedFile(WireRecord, frozen=True):
    """A file the code left in its folder."""

    name: str
    data: bytes


class RunResult(WireRecord, frozen=True):
    """One finished run. `alive` tells whether the session, and its variables, are still there.

    `restored`: the cell was killed and the session is back in the state before it; files, shared
    mappings, threads and child processes are not. `rewound`: it ran on the state before the latest
    cell. `more_figures` and `more_files` count what was left out.
    """

    status: Status
    output: tuple[tuple[Stream, str], ...]
    value: str | None
    error: CellError | None
    truncated: bool
    seconds: float
    peak_bytes: int
    tier: str
    exit_code: int | None = None
    signal: int | None = None
    alive: bool = True
    replaced: tuple[str, ...] = ()
    inspection: Inspection | None = None
    figures: tuple[Figure, ...] = ()
    files: tuple[ProducedFile, ...] = ()
    more_figures: int = 0
    more_files: int = 0
    restored: bool = False
    rewound: bool = False


class Exports(WireRecord, frozen=True):
    """The values of an `Evaluation`, by the caller's keys, and how its cells ended.

    `failed_cell` is the index of the cell that raised; `exited` tells that a cell ended the process
    or called `sys.exit`, so that later lines never ran. `stdout` is what the cells printed.
    """

    status: Status
    values: dict[str, Value]
    state: dict[str, Value]
    error: CellError | None
    failed_cell: int | None
    exited: bool
    stdout: str
    seconds: float


class Capacity(WireRecord, frozen=True):
    """How full the sandbox is. `gpu_queue` names the learners who wait for a GPU, first one first.

    `memory_bytes` is all that its machine or container may have, `memory_free` what is left of it.
    """

    tier: str
    sessions: int
    max_sessions: int
    spares: int
    running: int
    gpu_slots: int = 0
    gpu_free: int = 0
    gpu_queue: tuple[str, ...] = ()
    memory_bytes: int = 0
    memory_free: int = 0


# Frames between a client and the supervisor -----------------------------------------------------


class _Frame(WireRecord, frozen=True, tag_field="is", tag=True):
    pass


class Hello(_Frame, frozen=True):
    version: int


class Welcome(_Frame, frozen=True):
    version: int
    tier: str


class Open(_Frame, frozen=True):
    id: int
    learner: str
    spec: SessionSpec
    deadline: float


RequestName = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{0,32}$")]
"""What both sides log a request of the client's own under; empty where it has no name."""


class Run(_Frame, frozen=True):
    id: int
    ref: SessionRef
    cell: Cell
    request: RequestName = ""


class Evaluate(_Frame, frozen=True):
    id: int
    job: Evaluation
    deadline: float
    request: RequestName = ""


class Interrupt(_Frame, frozen=True):
    id: int
    ref: SessionRef


class Close(_Frame, frozen=True):
    id: int
    ref: SessionRef


class AskCapacity(_Frame, frozen=True):
    id: int


Request = Hello | Open | Run | Evaluate | Interrupt | Close | AskCapacity


class Opened(_Frame, frozen=True):
    id: int
    ref: SessionRef


class Output(_Frame, frozen=True):
    id: int
    stream: Stream
    text: str


class Finished(_Frame, frozen=True):
    id: int
    result: RunResult


class Evaluated(_Frame, frozen=True):
    id: int
    exports: Exports


class Done(_Frame, frozen=True):
    id: int


class CapacityIs(_Frame, frozen=True):
    id: int
    capacity: Capacity


class Failed(_Frame, frozen=True):
    """The answer when there is no result: our fault or the caller's, never the learner's."""

    id: int
    kind: Literal["busy", "session_lost", "unavailable", "refused"]
    why: str
    ran: Ran = "no"
    retry_after: float = 0.0


Response = Welcome | Opened | Output | Finished | Evaluated | Done | CapacityIs | Failed


def encode(message: msgspec.Struct) -> bytes:
    """Return the frame of `message`, length prefix included."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


class FrameDecoder(Generic[Message]):
    """Cuts a byte stream into frames and decodes each; one decoder serves one peer.

    Raises `WireError` when a frame is longer than `max_bytes` or does not decode.
    """

    def __init__(self, kind: Any, max_bytes: int) -> None:
        self._decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(kind)
        self._max_bytes = max_bytes
        self._pending = bytearray()

    def feed(self, data: bytes | memoryview) -> Iterator[Message]:
        """Add `data` as it came from the socket and yield the messages it completes."""
        self._pending += data
        while len(self._pending) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._pending)
            if size > self._max_bytes:
                raise WireError(f"a frame of {size} bytes is over the limit of {self._max_bytes}")
            end = _LENGTH.size + size
            if len(self._pending) < end:
                return
            body = bytes(self._pending[_LENGTH.size : end])
            del self._pending[:end]
            yield self._decode(body)

    def _decode(self, body: bytes) -> Message:
        try:
            return self._decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
            raise WireError(f"not a frame of this protocol: {error}") from error
