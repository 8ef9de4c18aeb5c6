"""Draws in a process of its own: drawings come in on its input, PNGs go out; it ends with its input.

`python -m bot.pictures.worker` is started by the bot, and nobody else holds its pipes.
"""

import os
import pickle
import sys
import traceback

from bot.pictures.draw import draw
from bot.pictures.pipe import DRAWN, FAILED, read, write

_NICE = 10
"""How far it steps back: words are there already, and whoever presses a button waits for those."""


def _answer(asked: bytes) -> bytes:
    drawing = pickle.loads(asked)  # noqa: S301  (the bot made it, of values that it has checked)
    try:
        return DRAWN + draw(drawing)
    except Exception as error:  # noqa: BLE001  (whatever is wrong with it, the next one can be drawn)
        # For the log: where it failed and how, but not what it says, which may quote a learner.
        where = "".join(traceback.format_tb(error.__traceback__))
        return FAILED + f"{type(error).__name__}\n{where}".encode(errors="replace")


def main() -> None:
    """Answer until the input ends, which it does with the bot."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    while (asked := read(sys.stdin.buffer)) is not None:
        write(sys.stdout.buffer, _answer(asked))


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(1)
