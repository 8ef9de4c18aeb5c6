"""One learner's live interpreter: takes cells from the control socket and answers how they ended."""

import contextlib
import linecache
import os
import random
import signal
import socket
from collections.abc import Callable

import msgspec
import numpy as np
import torch

from sandbox.child import cell, gpu, snapshot, streams, values
from sandbox.child.evaluation import evaluate
from sandbox.child.failures import failure_of
from sandbox.child.figures import easel
from sandbox.child.hints import hint_for
from sandbox.child.inspector.collector import Inspector
from sandbox.child.namespace import fresh_namespace
from sandbox.child.tracebacks import describe, is_out_of_memory
from sandbox.child.traces import Traces
from sandbox.childwire import (
    MOST_REPLACED,
    CellDone,
    ChildBroken,
    ChildReady,
    EvaluationDone,
    Inspected,
    OnGpu,
    RunCell,
    RunEvaluation,
    TakeSnapshot,
    ToChild,
    Woken,
)
from sandbox.inspection import Look
from sandbox.wire import MAX_REQUEST_BYTES, Cell, FrameDecoder, encode

_CHUNK = 65536
Send = Callable[[bytes], None]

_REHEARSAL = "import torch\nx = torch.rand(3, 3)\ny = x @ x\nprint(y, y.shape)\ny"


def live(control: socket.socket, folder: str, threads: int, on_gpu: OnGpu | None) -> None:
    """Announce readiness, then serve cells until the supervisor hangs up."""
    if on_gpu is not None:
        try:
            gpu.enter(on_gpu.memory_fraction)
        except gpu.GpuBroken as error:
            control.sendall(encode(ChildBroken(str(error))))
            return
    rehearse(folder)
    _reseed(threads, with_gpu=on_gpu is not None)
    session, traces = Session(folder), Traces(folder)
    send = _sender(control)
    send(encode(ChildReady()))
    while _serve(session, traces, control, send):  # once more in each copy that was woken
        _drain(control)
        send(encode(Woken()))


def _serve(session: "Session", traces: Traces, control: socket.socket, send: Send) -> bool:
    """Serve cells; True in a woken snapshot, False when the supervisor hung up."""
    me = os.getpid()
    decoder: FrameDecoder[ToChild] = FrameDecoder(ToChild, MAX_REQUEST_BYTES)
    while data := control.recv(_CHUNK):
        for request in decoder.feed(data):
            match request:
                case RunCell(cell=Cell(look=Look() as look)):
                    _answer_look(look, session, send)
                case RunCell(number=number, cell=wanted):
                    easel.begin()
                    done = session.run(number, wanted)
                    _leave_unless(me)
                    os.set_blocking(control.fileno(), True)  # whatever the cell made of it
                    _answer(done, session, traces, send)
                case RunEvaluation(job=job):
                    send(encode(EvaluationDone(evaluate(job, session.folder))))
                case TakeSnapshot():
                    if snapshot.keep(send):
                        return True
    return False


def _answer(done: CellDone, session: "Session", traces: Traces, send: Send) -> None:
    """Send how a cell ended, and then what it drew, left behind and made of its tensors."""
    send(encode(done))
    left_out = easel.finish(send)
    report = session.inspector.report(session.namespace)
    send(encode(Inspected(report, left_out, traces.changed())))


def _answer_look(look: Look, session: "Session", send: Send) -> None:
    """Send one tensor in depth, as the report of a cell in which nothing ran."""
    send(encode(CellDone("ok", None, None, 0, ())))
    send(encode(Inspected(session.inspector.look(session.namespace, look))))


def _leave_unless(pid: int) -> None:
    """End this process if it is not `pid`: a cell forked it, and it is not the session."""
    if os.getpid() != pid:
        os._exit(0)


def _drain(control: socket.socket) -> None:
    """Drop what was sent to the process that was killed and that it left unread."""
    with contextlib.suppress(BlockingIOError):
        while control.recv(_CHUNK, socket.MSG_DONTWAIT):
            pass


def rehearse(folder: str) -> None:
    """Run a typical cell for nobody, before anybody waits.

    A fork shares the template's memory until it writes to it. The first run would write to a
    thousand pages and wait for a copy of each: a few milliseconds, taken here instead. What it
    prints is dropped by the supervisor, which collects output only during runs.
    """
    session = Session(folder)
    easel.begin()
    _answer(session.run(0, Cell(_REHEARSAL)), session, Traces(folder), lambda _frame: None)
    _answer_look(Look("y"), session, lambda _frame: None)
    del linecache.cache[name_of(0)]  # and no other entry: freeing what is shared would copy it


def name_of(number: int) -> str:
    """Return what tracebacks call the file of a cell."""
    return f"<cell {number}>"


def _sender(control: socket.socket) -> Send:
    """Return what sends a frame, held apart from names that learner code could replace."""
    return control.sendall


class Session:
    """The namespace of a session and how a cell runs in it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.namespace = fresh_namespace()
        self.inspector = Inspector()
        self._streams = streams.Streams()

    def run(self, number: int, wanted: Cell) -> CellDone:
        """Run one cell; whatever it raises becomes part of the answer."""
        try:
            return self._run(number, wanted)
        except KeyboardInterrupt as late:  # it came just when the cell had ended
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return failed(late, wanted.code, (), self.folder)

    def _run(self, number: int, wanted: Cell) -> CellDone:
        replaced = tuple(name for name in wanted.given if name in self.namespace)[:MOST_REPLACED]
        self.namespace.update({name: values.to_python(v) for name, v in wanted.given.items()})
        self._streams.attach(wanted.stdin)
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            value = cell.run(wanted.code, name_of(number), self.namespace)
            gpu.settle()
            return CellDone("ok", value, None, 0, replaced)
        except SystemExit as leaving:
            return _left(leaving, replaced, self.folder)
        except BaseException as error:
            return failed(error, wanted.code, replaced, self.folder)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            streams.settle()


def failed(error: BaseException, code: str, replaced: tuple[str, ...], folder: str) -> CellDone:
    """Return how a cell ended that raised `error`."""
    described = describe(error, folder)
    if issubclass(type(error), KeyboardInterrupt):  # not isinstance, which asks the error itself
        return CellDone("interrupted", None, described, 130, replaced)
    is_oom = is_out_of_memory(error)
    described = msgspec.structs.replace(
        described,
        hint=None if is_oom else gpu.hint_for(error) or hint_for(error, code),
        failure=failure_of(error, folder),
    )
    return CellDone("oom" if is_oom else "error", None, described, 1, replaced)


def _left(leaving: SystemExit, replaced: tuple[str, ...], folder: str) -> CellDone:
    """`sys.exit` ends the cell, not the session."""
    if leaving.code is None or leaving.code == 0:
        return CellDone("ok", None, None, 0, replaced)
    code = leaving.code if isinstance(leaving.code, int) else 1
    return CellDone("error", None, describe(leaving, folder), code & 0xFF, replaced)


def _reseed(threads: int, *, with_gpu: bool) -> None:
    """A fork inherits the template's random state: without this all learners draw the same numbers."""
    random.seed()
    np.random.seed(int.from_bytes(os.urandom(4)))  # noqa: NPY002  (learners use the global one)
    # Without a GPU the one generator there is, alone: torch.manual_seed also goes through all kinds of
    # device that could be there, and every child would copy a megabyte for that.
    seed = torch.manual_seed if with_gpu else torch.default_generator.manual_seed
    seed(int.from_bytes(os.urandom(7)))
    torch.set_num_threads(threads)
