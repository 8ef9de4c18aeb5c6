"""What to tell somebody whose error comes from being in this sandbox, in English."""

from typing import Final

from sandbox.wire import Hint, HintKind

_SENTENCES: Final[dict[HintKind, str]] = {
    "magic": "{first} is a notebook command; here, write plain Python instead.",
    "shell": "Lines that start with ! run shell commands in a notebook; there is no shell here.",
    "missing_module": "{first} is not installed here. You can import: {others}, and Python's own modules.",
    "no_network": "There is no network here, so nothing can be downloaded. Make small data with torch.rand or torch.arange.",
    "full_disk": "A session may keep {first} of files: make fewer or smaller ones.",
    "no_input": "Nobody is typing here: input() reads only what was sent along with the code.",
    "needs_gpu": "This code asks for a GPU and runs on the CPU: leave out .cuda() and device='cuda', or run it on a GPU.",
    "gpu_lost": "The GPU stopped this code with an error that also ends its session; an index out of range is the usual cause.",
}


def sentence(hint: Hint) -> str:
    """Return one or two kind sentences for `hint`."""
    first = hint.names[0] if hint.names else "That"
    return _SENTENCES[hint.kind].format(first=first, others=", ".join(hint.names[1:]))
