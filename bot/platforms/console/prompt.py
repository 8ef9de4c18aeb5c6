"""Asks for input at a terminal: history, completion of commands, code over several lines."""

from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth, Output

from bot.tutor.fences import Reader
from bot.tutor.ports import Wording
from bot.tutor.verbs import VERBS

INDENT = 4
CONTINUED = "… "


class VerbCompleter(Completer):
    """Completes `/verbs`, and says what each does in the language of the moment."""

    def __init__(self, language: Callable[[], Wording]) -> None:
        self._language = language

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002  (the base class's signature)
    ) -> Iterable[Completion]:
        text = document.text
        if not text.startswith("/") or any(space in text for space in " \n"):
            return
        say = self._language()
        for verb in VERBS:
            if verb.name.startswith(text[1:].casefold()):
                yield Completion(
                    f"/{verb.name}",
                    start_position=-len(text),
                    display_meta=say(verb.summary),
                )


def is_open(text: str) -> bool:
    """Tell whether a fence in `text` still waits for its end."""
    reader = Reader()
    for line in text.split("\n"):
        reader.feed(line)
    return reader.in_code


def indent_after(line: str) -> str:
    """Return the indentation of the line after `line`."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    return indent + " " * INDENT if line.rstrip().endswith(":") else indent


def bindings() -> KeyBindings:
    """Return the keys: Enter goes on inside a fence, else it sends."""
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_open(buffer.text):
            buffer.insert_text("\n" + indent_after(buffer.document.current_line_before_cursor))
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("tab")
    def _tab(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_open(buffer.text):
            column = len(buffer.document.current_line_before_cursor)
            buffer.insert_text(" " * (INDENT - column % INDENT))
        else:
            buffer.complete_next()

    return keys


def history_in(folder: Path) -> History:
    """Return the history kept in `folder`, for the owner's eyes only; else one in memory."""
    file = folder / "history"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.read_bytes()
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))


class Prompt:
    """Reads what is typed or pasted at a terminal, one message at a time."""

    def __init__(
        self,
        history: History,
        language: Callable[[], Wording],
        *,
        colour: bool,
        input: Input | None = None,  # noqa: A002  (prompt_toolkit's name)
        output: Output | None = None,
    ) -> None:
        self._colour = colour
        self._session: PromptSession[str] = PromptSession(
            history=history,
            completer=VerbCompleter(language),
            complete_while_typing=True,
            key_bindings=bindings(),
            multiline=True,
            prompt_continuation=self._continuation,
            color_depth=None if colour else ColorDepth.DEPTH_1_BIT,
            reserve_space_for_menu=4,
            input=input,
            output=output,
        )

    async def ask(self, mark: str) -> str:
        """Return what is sent. Raises KeyboardInterrupt on Ctrl-C and EOFError on Ctrl-D."""
        shown = f"\x1b[1;36m{mark}\x1b[0m " if self._colour else f"{mark} "
        return await self._session.prompt_async(ANSI(shown), handle_sigint=False)

    @staticmethod
    def _continuation(width: int, line: int, wraps: int) -> StyleAndTextTuples:
        del line
        return [("", " " * width if wraps else CONTINUED.rjust(width))]
