"""Figures: what a cell draws comes out as PNG, each figure once, in order, within limits."""

import asyncio
import io

import pytest
from PIL import Image

from sandbox.client import LocalExecutor, connect
from sandbox.wire import Cell, RunResult, SessionRef, SessionSpec
from tests.conftest import serving
from tests.sandbox.talking import Run, quiet

pytestmark = pytest.mark.jail

_PLT = "import matplotlib.pyplot as plt\n"


def _images(result: RunResult) -> list[Image.Image]:
    return [Image.open(io.BytesIO(figure.png)) for figure in result.figures]


def _centre(image: Image.Image) -> object:
    return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


def _filled(colour: str) -> str:
    return f"plt.figure(figsize=(2, 1), facecolor='{colour}')\n"


async def test_an_open_figure_comes_out_once_and_without_show(run: Run) -> None:
    result = await run(_PLT + "plt.plot([1, 2, 3]); plt.title('x')\nNone")
    (image,) = _images(result)
    assert image.format == "PNG"
    assert image.width > 300
    assert len(image.convert("RGB").getcolors(1 << 20) or []) > 2
    assert (await run("1 + 1")).figures == ()


async def test_show_is_silent_and_keeps_the_order(run: Run) -> None:
    code = _PLT + _filled("red") + "plt.show()\n" + _filled("lime") + "plt.show()\n"
    result = await run(code + _filled("blue"))
    assert result.output == ()
    assert [_centre(image) for image in _images(result)] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]


async def test_show_takes_a_figure_as_it_is_then(run: Run) -> None:
    code = _filled("red") + "f = plt.gcf()\nplt.show()\nf.set_facecolor('blue')\n"
    (image,) = _images(await run(_PLT + code))
    assert _centre(image) == (255, 0, 0)


async def test_choosing_agg_again_changes_nothing(run: Run) -> None:
    code = "import matplotlib\nmatplotlib.use('Agg')\n" + _PLT + "plt.switch_backend('agg')\n"
    result = await run(code + "plt.plot([1])\nplt.show()\n")
    assert (result.output, len(result.figures)) == ((), 1)


async def test_figures_of_a_cell_that_fails_still_come(run: Run) -> None:
    result = await run(_PLT + "plt.plot([1])\n1 / 0")
    assert (result.status, len(result.figures)) == ("error", 1)


async def test_four_come_out_and_the_others_are_counted(run: Run) -> None:
    result = await run(_PLT + "for _ in range(7): plt.figure(figsize=(1, 1))\nNone")
    assert (len(result.figures), result.more_figures) == (4, 3)


async def test_large_figures_are_scaled_down(run: Run) -> None:
    code = "plt.figure(figsize=(100, 50)); plt.plot([1])\nplt.figure(figsize=(300, 1), dpi=300)"
    wide, flat = _images(await run(_PLT + code + "\nNone"))
    assert wide.width * wide.height <= 1_500_000
    assert flat.width <= 1600
    assert flat.height >= 1


async def test_a_noisy_picture_stays_below_the_limit_of_bytes(run: Run) -> None:
    code = "plt.figure(figsize=(15, 9)).figimage(torch.rand(900, 1500, 3).numpy())\nNone"
    (figure,) = (await run(_PLT + code)).figures
    assert len(figure.png) <= 2 * 1024 * 1024


async def test_korean_labels_have_glyphs_of_their_own(run: Run) -> None:
    code = """
import warnings
warnings.simplefilter("error")
def drawn(text, **how):
    figure = plt.figure(figsize=(2, 1))
    figure.text(0.2, 0.4, text, **how)
    figure.canvas.draw()
    return bytes(figure.canvas.buffer_rgba())
same = drawn("손실") == drawn("실손")
named = drawn("손실", family="Malgun Gothic") == drawn("손실", family="Noto Sans KR")
plt.rcdefaults()
drawn("손실 −1")
plt.close("all")
same, named
"""
    result = await run(_PLT + code)
    assert result.error is None
    assert result.output == ()
    assert result.value == "(False, True)"


async def test_a_figure_that_cannot_be_drawn_is_counted_and_spares_the_others(run: Run) -> None:
    code = """
import matplotlib.figure
class Broken(matplotlib.figure.Figure):
    def draw(self, renderer):
        raise SystemError("no")
plt.figure(FigureClass=Broken)
plt.figure()
None
"""
    result = await run(_PLT + code)
    assert (result.status, len(result.figures), result.more_figures) == ("ok", 1, 1)
    assert (await run("1 + 1")).value == "2"


async def test_what_is_printed_while_drawing_is_in_no_cell(run: Run) -> None:
    code = """
import matplotlib.figure, sys
class Loud(matplotlib.figure.Figure):
    def draw(self, renderer):
        sys.stdout.write("noise")
        super().draw(renderer)
plt.figure(FigureClass=Loud)
None
"""
    assert (await run(_PLT + code)).output == ()
    assert (await run("None")).output == ()


async def test_what_a_drawing_shares_with_snapshots_is_charged_once() -> None:
    """Three copies of the session exist while it draws; together they seem to hold too much."""
    most = 250 * 2**20
    slow = "import time\nclass Slow(plt.Figure):\n    def draw(self, renderer):\n        time.sleep(1)\n        super().draw(renderer)\n"
    with serving("--memory-bytes", str(most)) as path:
        async with connect(path) as executor:
            ref = await executor.open("learner", SessionSpec(), 20)
            for code in (f"x = bytearray({100 * 2**20})", "x[0] = 1"):
                await executor.run(ref, Cell(code), quiet)
                await asyncio.sleep(1)  # its snapshot is taken
            code = _PLT + slow + "plt.figure(FigureClass=Slow)\nNone"
            result = await executor.run(ref, Cell(code), quiet)
            assert (len(result.figures), result.alive) == (1, True)
            assert (await executor.run(ref, Cell("x[0]"), quiet)).value == "1"


async def test_a_drawing_that_has_to_be_ended_is_undone_with_its_cell(
    executor: LocalExecutor, ref: SessionRef, run: Run
) -> None:
    await run("x = 1")
    await asyncio.sleep(1)  # its snapshot is taken
    leave = "import os\nclass Gone(plt.Figure):\n    def draw(self, renderer): os._exit(0)\n"
    result = await run(_PLT + leave + "x = 2\nplt.figure(FigureClass=Gone)\nNone")
    assert (result.status, result.alive, result.restored) == ("ok", True, True)
    assert (await executor.run(ref, Cell("x"), quiet)).value == "1"
