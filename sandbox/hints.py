"""What to tell somebody whose error comes from being in this sandbox, in English."""

from sandbox.wire import Hint


def sentence(hint: Hint) -> str:
    """Return one or two kind sentences for `hint`."""
    match hint.kind:
        case "magic":
            return f"{_first(hint)} is a notebook command; here, write plain Python instead."
        case "shell":
            return (
                "Lines that start with ! run shell commands in a notebook; there is no shell here."
            )
        case "missing_module":
            offered = ", ".join(hint.names[1:])
            return f"{_first(hint)} is not installed here. You can import: {offered}, and Python's own modules."
        case "no_network":
            return "There is no network here, so nothing can be downloaded. Make small data with torch.rand or torch.arange."
        case "full_disk":
            return f"A session may keep {hint.names[0]} of files: make fewer or smaller ones."
        case "no_input":
            return "Nobody is typing here: input() reads only what was sent along with the code."


def _first(hint: Hint) -> str:
    return hint.names[0] if hint.names else "That"
