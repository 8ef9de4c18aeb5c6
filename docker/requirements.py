"""Prints what an image needs of other packages, a line each: `bot`, or `sandbox` for torch and what serves it."""

# ruff: noqa: INP001  (a script, and no part of any package)

import re
import sys
import tomllib

_FOR_BOTH = frozenset({"msgspec", "numpy", "pillow", "pylopdf-fonts-ko"})
"""Of what the program needs: all that the side with the learners' code imports, so nothing of any chat."""


def main() -> None:
    """Read pyproject.toml in the current folder."""
    with open("pyproject.toml", "rb") as file:  # noqa: PTH123
        project = tomllib.load(file)["project"]
    wanted, extras = project["dependencies"], project["optional-dependencies"]
    if sys.argv[1:] == ["sandbox"]:
        named = [one for one in wanted if re.split(r"[<>=!~ ]", one)[0] in _FOR_BOTH]
        wanted = [*named, *extras["sandbox"], *extras["gpu"]]
    print(*wanted, sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
