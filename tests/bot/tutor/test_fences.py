import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tutor.fences import MOST_KEPT, Code, Entry, Reader, Typed, read_text
from sandbox.wire import MAX_CODE_CHARS


def read(*lines: str) -> list[Entry]:
    reader = Reader()
    found = [entry for line in lines if (entry := reader.feed(line)) is not None]
    last = reader.end()
    return [*found, last] if last is not None else found


@pytest.mark.parametrize("fence", ["```", "~~~", "₩₩₩", "````"])
def test_lines_between_fences_are_code(fence: str) -> None:
    assert read(fence + "python", "x = 1", "", "  y", fence) == [Code("x = 1\n\n  y", "python")]


def test_a_fence_left_in_hangul_closes_one_of_backticks() -> None:
    assert read("```", "x", "₩₩₩") == [Code("x")]


def test_tildes_do_not_close_backticks() -> None:
    assert read("```", "~~~", "```") == [Code("~~~")]


def test_a_longer_fence_keeps_a_shorter_one_inside() -> None:
    assert read("`````", "a = '''", "```py", "'''", "`````") == [Code("a = '''\n```py\n'''")]


def test_commands_inside_a_fence_are_code() -> None:
    assert read("```", "/next", "1", "```", "/next") == [Code("/next\n1"), Typed("/next")]


def test_a_fence_at_the_end_of_a_line_of_code_closes() -> None:
    assert read("```", "x = 1", "x```") == [Code("x = 1\nx")]


@pytest.mark.parametrize(("line", "code"), [("```x = 1```", "x = 1"), ("```py x```", "x")])
def test_code_may_stand_on_the_line_of_its_fences(line: str, code: str) -> None:
    (entry,) = read(line)
    assert entry.text == code


def test_code_may_begin_on_the_line_of_the_fence() -> None:
    assert read("```print(1)", "print(2)", "```") == [Code("print(1)\nprint(2)")]


def test_several_fences_are_several_entries() -> None:
    assert read("```", "a", "```", "```", "b", "```") == [Code("a"), Code("b")]


def test_a_fence_that_is_never_closed_ends_with_the_input() -> None:
    assert read("```", "x = 1") == [Code("x = 1")]


def test_what_is_not_utf8_spoils_the_whole_block() -> None:
    reader = Reader()
    reader.feed("```")
    reader.feed("x\ufffd", readable=False)
    assert reader.feed("```") == Code("x\ufffd", readable=False)


def test_an_endless_block_is_not_kept_but_stays_too_long_to_run() -> None:
    reader = Reader()
    reader.feed("```")
    for _ in range(100):
        reader.feed("x" * 10_000)
    entry = reader.feed("```")
    assert entry is not None
    assert MAX_CODE_CHARS < len(entry.text) <= MOST_KEPT + 10_001


@pytest.mark.parametrize(("lang", "python"), [("", True), ("Python", True), ("bash", False)])
def test_only_python_tags_are_python(lang: str, *, python: bool) -> None:
    assert Code("x", lang).is_python is python


def test_a_pasted_text_gives_its_blocks_and_the_words_between() -> None:
    pasted = "look:\n```\na\n```\n\nand\n```\nb"
    assert read_text(pasted) == [Typed("look:"), Code("a"), Typed("and"), Code("b")]


@given(st.lists(st.text(alphabet="`~₩ xp/\t", max_size=8), max_size=12))
def test_any_lines_can_be_read(lines: list[str]) -> None:
    for entry in read(*lines):
        assert isinstance(entry, Code | Typed)
