import io
from pathlib import Path

import pytest

from bot.platforms.console.surroundings import Surroundings, state_folder


def here(*, interactive: bool = True, **environ: str) -> Surroundings:
    return Surroundings(
        descriptor=0,
        out=io.StringIO(),
        interactive=interactive,
        environ={"TERM": "xterm"} | environ,
    )


def test_colour_is_for_terminals_that_have_it_and_want_it() -> None:
    assert here().colour
    assert not here(interactive=False).colour
    assert not here(NO_COLOR="1").colour
    assert not here(TERM="dumb").colour


def test_24_bit_colour_is_for_terminals_that_say_they_have_it() -> None:
    assert here(COLORTERM="truecolor").true_colour
    assert here(COLORTERM="24bit").true_colour
    assert not here().true_colour
    assert not here(COLORTERM="truecolor", NO_COLOR="1").true_colour
    assert not here(interactive=False, COLORTERM="truecolor").true_colour


def test_a_pipe_has_a_width_only_if_columns_gives_it_one() -> None:
    assert here(interactive=False).columns() is None
    assert here(interactive=False, COLUMNS="72").columns() == 72
    assert here(interactive=False, COLUMNS="-3").columns() is None
    assert here().columns() is not None


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko_KR"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ko_KR.UTF-8"}, "ko_KR"),
        ({"LANG": "C.UTF-8"}, None),
        ({}, None),
    ],
)
def test_the_language_is_read_as_posix_ranks_it(
    environ: dict[str, str], language: str | None
) -> None:
    found = Surroundings(descriptor=0, out=io.StringIO(), interactive=True, environ=environ)
    assert found.language == language


def test_state_goes_where_xdg_says() -> None:
    assert state_folder({"HOME": "/h"}) == Path("/h/.local/state/tensor-tutor")
    assert state_folder({"HOME": "/h", "XDG_STATE_HOME": "/s"}) == Path("/s/tensor-tutor")
    assert state_folder({"HOME": "/h", "XDG_STATE_HOME": "x"}) == Path(
        "/h/.local/state/tensor-tutor"
    )
