"""Give matplotlib a font for Korean, whatever name the code calls it by."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager

_PACKAGE = "pylopdf_fonts_ko"
_FILE = "NotoSansKR-Regular.otf"
_USUAL_NAMES = (
    "Malgun Gothic",
    "AppleGothic",
    "NanumGothic",
    "NanumBarunGothic",
    "NanumSquare",
    "Noto Sans CJK KR",
)
"""What Korean tutorials set `font.family` to; none of them is here, and this font stands in."""


def install() -> None:
    """Add the Korean font behind the usual ones, as a default that `rcdefaults()` keeps.

    Without the package that holds it, figures are drawn as matplotlib draws them anywhere.
    """
    file = _file()
    if file is None:
        return
    manager = font_manager.fontManager
    manager.addfont(file)
    entry = manager.ttflist[-1]
    there = {font.name for font in manager.ttflist}
    for name in _USUAL_NAMES:
        if name not in there:
            manager.ttflist.append(replace(entry, name=name))
    for settings in (mpl.rcParams, mpl.rcParamsDefault):
        settings["font.family"] = ["sans-serif", entry.name]


def _file() -> Path | None:
    found = importlib.util.find_spec(_PACKAGE)
    places = found.submodule_search_locations if found else None
    return Path(places[0], _FILE) if places else None
