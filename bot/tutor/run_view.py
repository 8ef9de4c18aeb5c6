"""Words what came of running code: how it ended, what it printed, and what its tensors look like."""

from collections.abc import Sequence
from typing import Literal

from bot.tutor.clean import clean
from bot.tutor.ports import Lost, Queued, Refused, Running, Wording
from bot.tutor.reply import Code, File, Image, Note, Part
from sandbox.wire import CellError, Hint, ProducedFile, RunResult, Stream

MOST_LINES = 10
MOST_WHOLE_LINES = 15
"""Output of no more lines is shown whole: a file for the last few would be a nuisance."""

MOST_CHARS = 1000
MOST_VALUE = 2000
MOST_TRACEBACK = 2000
MOST_OUTPUT = 1024 * 1024
MOST_FIGURES = 4
MOST_FILES = 10
MOST_FILE = 8 * 1024 * 1024
"""A longer file is left out whole: half of it would be good for nothing."""

MOST_FILE_NAME = 80
MOST_HINT_NAME = 60
MOST_HINT_NAMES = 40

Output = Sequence[tuple[Stream, str]]


def duration(seconds: float) -> str:
    """Return a span of time as people say it: "35 ms", "3.2 s"."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def waiting(say: Wording, event: Queued | Running) -> tuple[Part, ...]:
    """Return what is shown until a run is over."""
    match event:
        case Queued(place=1, gpu=True):
            return (Note("info", say("Waiting for a GPU: you are next.")),)
        case Queued(place=place, gpu=True):
            return (Note("info", say("Waiting for a GPU: you are number {n}.", n=place)),)
        case Queued(place=1):
            return (Note("info", say("Waiting for a free place: you are next.")),)
        case Queued(place=place):
            return (Note("info", say("Waiting for a free place: you are number {n}.", n=place)),)
        case Running(seconds=seconds, output=output):
            status = Note("info", say("Running for {time} …", time=duration(seconds)))
            lines = clean(_text(output), MOST_OUTPUT, lines=True).splitlines()
            tail = "\n".join(lines[-MOST_LINES:])[-MOST_CHARS:]
            return (status, Code(tail, "text")) if tail else (status,)


def finished(say: Wording, result: RunResult, explained: Sequence[Part] = ()) -> list[Part]:
    """Return the status in words, output, error, value, pictures and files of a run.

    `explained` is what is said of the error, right under its traceback.
    """
    parts: list[Part] = [
        status_line(say, result),
        *_state(say, result),
        *_output(say, result),
    ]
    if result.error:
        parts.extend((*_error(say, result.error), *explained))
    if result.value is not None:
        parts.append(Code(_bounded(result.value, MOST_VALUE), "text"))
    parts.extend(_figures(say, result))
    parts.extend(_files(say, result))
    return parts


def status_line(say: Wording, result: RunResult) -> Note:
    """Return one sentence on how the run ended."""
    time = duration(result.seconds)
    match result.status:
        case "ok":
            return Note("good", say("It ran in {time}.", time=time))
        case "interrupted":
            return Note("warn", say("Stopped by you, after {time}.", time=time))
        case "error" if result.error and result.error.line is not None:
            line = result.error.line
            return Note("bad", say("Line {n} raised an error, after {time}.", n=line, time=time))
        case "error":
            return Note("bad", say("It ended with an error, after {time}.", time=time))
        case _:
            return Note("bad", _stopped(say, result))


def _stopped(say: Wording, result: RunResult) -> str:
    match result.status:
        case "timeout":
            time = duration(result.seconds)
            return say("Stopped after {time}: that is as long as it may run.", time=time)
        case "oom":
            return say("Stopped: it used more memory than it may.")
        case "output_limit":
            return say("Stopped: it printed more than it may.")
        case _:
            return say("Its process ended before the code did.")


def _state(say: Wording, result: RunResult) -> list[Part]:
    """Say which variables it ran on and left, where that is not what one would think."""
    parts: list[Part] = []
    if result.rewound:
        parts.append(Note("info", say("It ran on the state before your last code.")))
    if result.restored and result.status == "ok":
        text = say("Its process had to be ended afterwards, so this code is taken back.")
        parts.append(Note("warn", text))
    if result.restored:
        text = say(
            "Your variables are as they were before this code. "
            "Files, and what other processes did, are not taken back."
        )
        parts.append(Note("info", text))
    return parts


def variables_of_now(say: Wording) -> Note:
    return Note("info", say("It ran on your variables as they are now."))


def variables_gone(say: Wording) -> Note:
    return Note("warn", say("Your variables are gone with it; your progress is not."))


def variables_of_before(say: Wording) -> Note:
    return Note("warn", say("This ran in a new session: variables from before are not there."))


def lost(say: Wording, event: Lost, *, gpu: bool = False, own: bool = True) -> Note:
    """Return what is said when the session was gone."""
    if not own:
        return Note("warn", say("The session for it ended before the code did. Try it again."))
    if gpu:
        return Note("warn", say("The GPU was taken back before this was done."))
    if event.ran == "no":
        return Note(
            "warn", say("Your session had ended, so this did not run. Its variables are gone.")
        )
    return Note("warn", say("Your session ended while this ran. Its variables are gone."))


def refused(say: Wording, event: Refused, *, gpu: bool = False) -> Note:
    """Return what is said when there is no room, or no sandbox."""
    if event.retry_after is None:
        return Note("bad", say("The place where code runs does not answer. Try again in a minute."))
    seconds = max(round(event.retry_after), 1)
    if gpu:
        text = say.plural(
            "Every GPU is taken just now. Try again in {n} second.",
            "Every GPU is taken just now. Try again in {n} seconds.",
            seconds,
        )
        return Note("warn", text)
    text = say.plural(
        "There is no free place just now. Try again in {n} second.",
        "There is no free place just now. Try again in {n} seconds.",
        seconds,
    )
    return Note("warn", text)


def behind_on_gpu(say: Wording, *, is_kept: bool) -> Note:
    """Return what becomes of what a run left on a GPU, which is kept for a while or gone."""
    if is_kept:
        text = say(
            "This ran on a GPU. It is given back after a minute without code, sooner if others wait; "
            "variables made there go with it. Your session on the CPU is as it was."
        )
        return Note("info", text)
    return Note("info", say("Your session on the CPU is as it was."))


# Output -----------------------------------------------------------------------------------------


def _text(output: Output) -> str:
    return "".join(text for _, text in output)


def _output(say: Wording, result: RunResult) -> list[Part]:
    text = clean(_text(result.output), MOST_OUTPUT, lines=True)
    if not text.strip():
        return []
    lines = text.rstrip("\n").split("\n")
    whole = "\n".join(lines)
    if len(lines) <= MOST_WHOLE_LINES and len(whole) <= MOST_CHARS:
        parts: list[Part] = [Code(whole, "text")]
    else:
        inline = "\n".join(lines[:MOST_LINES])[:MOST_CHARS]
        left = max(len(lines) - MOST_LINES, 0)
        file = File("output.txt", text.encode(errors="replace"))
        parts = [Code(inline, "text"), Note("info", _more(say, left)), file]
    if result.truncated:
        parts.append(Note("info", say("Only the beginning of the output was kept.")))
    return parts


def _figures(say: Wording, result: RunResult) -> list[Part]:
    shown = result.figures[:MOST_FIGURES]
    parts: list[Part] = [
        Image(figure.png, say("Figure {n}, drawn by your code", n=number))
        for number, figure in enumerate(shown, 1)
    ]
    left = len(result.figures) - len(shown) + max(result.more_figures, 0)
    if left:
        parts.append(Note("info", say.plural("… {n} more figure", "… {n} more figures", left)))
    return parts


def _files(say: Wording, result: RunResult) -> list[Part]:
    shown = [file for file in result.files if len(file.data) <= MOST_FILE][:MOST_FILES]
    parts: list[Part] = [File(_file_name(file), file.data) for file in shown]
    left = len(result.files) - len(shown) + max(result.more_files, 0)
    if left:
        parts.append(Note("info", say.plural("… {n} more file", "… {n} more files", left)))
    return parts


def _file_name(file: ProducedFile) -> str:
    return clean(file.name.rpartition("/")[2], MOST_FILE_NAME) or "file"


def _more(say: Wording, left: int) -> str:
    if not left:
        return say("All of it is in output.txt.")
    return say.plural(
        "{n} more line; all of it is in output.txt.",
        "{n} more lines; all of it is in output.txt.",
        left,
    )


def _bounded(text: str, most: int) -> str:
    lines = clean(text, most, lines=True).split("\n")
    return "\n".join(lines[:MOST_LINES] + ["…"] * (len(lines) > MOST_LINES))


# Errors -----------------------------------------------------------------------------------------


def _error(say: Wording, error: CellError) -> list[Part]:
    traceback = error.traceback or f"{error.type}: {error.message}"
    shown = traceback if len(traceback) <= MOST_TRACEBACK else "…" + traceback[-MOST_TRACEBACK:]
    parts: list[Part] = [Code(clean(shown.rstrip("\n"), MOST_TRACEBACK + 1, lines=True), "text")]
    return [*parts, Note("info", _hint(say, error.hint))] if error.hint else parts


def _hint(say: Wording, hint: Hint) -> str:
    names = [clean(name.replace("`", "'"), MOST_HINT_NAME) for name in hint.names[:MOST_HINT_NAMES]]
    first, others = (names[0] if names else ""), ", ".join(names[1:])
    match hint.kind:
        case "magic" | "shell":
            return _notebook_hint(say, hint.kind)
        case "missing_module":
            return _missing_module(say, first, others)
        case "no_network":
            return say("There is no network here. Make your data, for example with `torch.rand`.")
        case "full_disk":
            return say(
                "A session may keep {size} of files: make fewer or smaller ones.", size=first
            )
        case "needs_gpu" | "gpu_lost":
            return _gpu_hint(say, hint.kind)
        case "no_input":
            return say("The code asks for input, and there is none. Put the value into the code.")


def _notebook_hint(say: Wording, kind: Literal["magic", "shell"]) -> str:
    if kind == "magic":
        return say("Commands with % belong to Jupyter; here only plain Python runs.")
    return say("Commands with ! belong to a shell; here only Python runs.")


def _gpu_hint(say: Wording, kind: Literal["needs_gpu", "gpu_lost"]) -> str:
    if kind == "needs_gpu":
        return say(
            "This code asks for a GPU, and it ran on the CPU. Code for both says "
            '`device = "cuda" if torch.cuda.is_available() else "cpu"`, '
            "then for example `x.to(device)`."
        )
    return say(
        "The GPU stopped the code with an error that also ends its session. "
        "An index out of range is the usual cause; on the CPU the error says where."
    )


def _missing_module(say: Wording, name: str, others: str) -> str:
    if not others:
        return say("There is no module `{name}` here.", name=name)
    return say(
        "There is no module `{name}` here. Besides Python's own there are: {modules}.",
        name=name,
        modules=others,
    )
