import os
from pathlib import Path

from bot.platforms.console.lines import MOST_BYTES, Line, LineSource


async def lines_of(data: bytes, folder: Path) -> list[Line]:
    file = folder / "script.txt"
    file.write_bytes(data)
    with file.open("rb", buffering=0) as opened:
        source = LineSource(opened.fileno())
        found = []
        while (line := await source.next()) is not None:
            found.append(line)
        assert await source.next() is None
    return found


async def test_lines_come_without_their_ends(tmp_path: Path) -> None:
    assert await lines_of("a\r\n\n텐서".encode(), tmp_path) == [Line("a"), Line(""), Line("텐서")]


async def test_an_empty_input_has_no_lines(tmp_path: Path) -> None:
    assert await lines_of(b"", tmp_path) == []


async def test_a_line_without_end_is_kept_only_so_far(tmp_path: Path) -> None:
    first, second = await lines_of(b"x" * (5 * MOST_BYTES) + b"\nnext\n", tmp_path)
    assert len(first.text) < 2 * MOST_BYTES
    assert second == Line("next")


async def test_what_is_not_utf8_is_marked(tmp_path: Path) -> None:
    (line,) = await lines_of(b"a\xff\n", tmp_path)
    assert line == Line("a\ufffd", readable=False)


async def test_a_descriptor_that_fails_ends_the_input() -> None:
    read_end, write_end = os.pipe()
    os.close(write_end)
    os.close(read_end)
    assert await LineSource(read_end).next() is None
