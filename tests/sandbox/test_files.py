"""Files: what a cell leaves in its folder comes out, once, cleanly named, within limits."""

import pytest

from sandbox.supervisor.produced import clean_name
from sandbox.wire import RunResult
from tests.sandbox.talking import Run

pytestmark = pytest.mark.jail


def _files(result: RunResult) -> dict[str, bytes]:
    return {file.name: file.data for file in result.files}


def _write(name: str, text: str) -> str:
    return f"with open({name!r}, 'w') as file: file.write({text!r})\n"


async def test_a_file_comes_out_once_and_again_when_it_changes(run: Run) -> None:
    assert _files(await run(_write("a.txt", "one"))) == {"a.txt": b"one"}
    assert (await run("1")).files == ()
    assert _files(await run(_write("b.txt", "new"))) == {"b.txt": b"new"}
    assert _files(await run(_write("a.txt", "two"))) == {"a.txt": b"two"}


async def test_files_come_in_the_order_they_were_written(run: Run) -> None:
    result = await run(
        "import os\n"
        + "".join(
            _write(name, name) + f"os.utime({name!r}, (9, 9 + {n}))\n"
            for n, name in enumerate("cab")
        )
    )
    assert [file.name for file in result.files] == ["c", "a", "b"]


async def test_folders_become_part_of_the_name(run: Run) -> None:
    code = "import os\nos.makedirs('runs/1')\n" + _write("runs/1/loss.csv", "x")
    assert _files(await run(code + _write("runs_1_loss.csv", "y"))) == {
        "runs_1_loss.csv": b"x",
        "runs_1_loss-2.csv": b"y",
    }


async def test_a_file_that_comes_into_a_folder_of_before_comes_out(run: Run) -> None:
    await run("import os, time\nos.mkdir('runs')\ntime.sleep(1.2)")
    assert (await run("1")).files == ()
    assert _files(await run(_write("runs/loss.csv", "x"))) == {"runs_loss.csv": b"x"}


async def test_a_file_that_comes_into_an_empty_folder_comes_out(run: Run) -> None:
    await run("import time\ntime.sleep(1.2)")
    assert (await run("1")).files == ()
    assert _files(await run(_write("a.txt", "x"))) == {"a.txt": b"x"}


async def test_too_large_files_are_counted_and_leave_room_for_others(run: Run) -> None:
    code = "open('large', 'wb').write(b'x' * (1 << 20 | 1))\nopen('just', 'wb').write(b'x' * (1 << 20));"
    result = await run(code)
    assert [(file.name, len(file.data)) for file in result.files] == [("just", 1 << 20)]
    assert result.more_files == 1


async def test_all_files_of_a_run_fit_into_four_mebibytes(run: Run) -> None:
    result = await run("for n in range(6): open(str(n), 'wb').write(b'x' * (1 << 20))")
    assert (len(result.files), result.more_files) == (4, 2)


async def test_files_of_a_cell_that_fails_come_out(run: Run) -> None:
    result = await run(_write("a.txt", "x") + "1 / 0")
    assert (result.status, _files(result)) == ("error", {"a.txt": b"x"})


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"a\nb.txt", "a_b.txt"),
        ("a\u202egpj.exe".encode(), "a_gpj.exe"),
        (b"..\\up.txt", "_up.txt"),
        (b"d/e.txt", "d_e.txt"),
        (b"\xff.txt", "\ufffd.txt"),
        ("손실.png".encode(), "손실.png"),
        (b"x" * 300 + b".txt", "x" * 76 + ".txt"),
        (b" . ", "file"),
    ],
)
def test_names_are_cleaned(path: bytes, name: str) -> None:
    assert clean_name(path) == name
