"""The globals that a learner's code starts with."""

import sys
import types
from typing import Any

import torch


def fresh_namespace() -> dict[str, Any]:
    """Return the globals of a new `__main__`, with torch imported already."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    main.__dict__.update(torch=torch, display=display)
    return main.__dict__


def display(*objects: object) -> None:
    """Show objects as a cell's last line would."""
    for shown in objects:
        print(repr(shown))  # noqa: T201
