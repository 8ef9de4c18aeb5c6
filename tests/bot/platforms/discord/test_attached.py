"""Attached code runs like posted code; what is no code is told kindly, and nothing is believed."""

import gettext
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Words
from bot.platforms.discord.attached import (
    MOST_BYTES,
    MOST_FILES,
    Refusal,
    choose,
    read_file,
    refusal_text,
)
from bot.platforms.discord.incoming import Found

ENGLISH = Words("en", gettext.NullTranslations())


def notebook(*cells: Any, **more: Any) -> bytes:
    return json.dumps({"cells": list(cells), "nbformat": 4, **more}).encode()


def code(source: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": []}


def test_a_python_file_is_one_cell() -> None:
    assert read_file("a.py", b"x = 1\r\nx\r\n") == Found(("x = 1\nx\n",))
    assert read_file("A.PY", "\ufeffx = '한'".encode()) == Found(("x = '한'",))


def test_a_long_paste_is_code_unless_it_has_fences() -> None:
    assert read_file("message.txt", b"x = 1\nx") == Found(("x = 1\nx",))
    assert read_file("message.txt", b"look:\n```py\nx\n```\n```\ny\n```") == Found(("x", "y"))
    assert read_file("message.txt", b"```js\nx\n```") == Found(foreign="js")


def test_a_notebook_gives_its_code_cells_in_order_with_their_magics() -> None:
    data = notebook(
        code(["%matplotlib inline\n", "x = 1"]),
        {"cell_type": "markdown", "source": "# Title"},
        code("x"),
        code([]),
    )
    assert read_file("n.ipynb", data) == Found(("%matplotlib inline\nx = 1", "x"))


def test_a_notebook_in_another_language_does_not_run() -> None:
    data = notebook(code("1 + 1"), metadata={"language_info": {"name": "julia"}})
    assert read_file("n.ipynb", data) == Found(foreign="julia")
    data = notebook(code("1 + 1"), metadata={"language_info": {"name": "python"}})
    assert read_file("n.ipynb", data) == Found(("1 + 1",))


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b"null",
        b'{"cells": {}}',
        b"[" * 100_000,
        b'{"cells": ' + b"[" * 100_000,
        b"NaN",
        b"9" * 5000,
    ],
)
def test_what_is_no_notebook_is_refused(data: bytes) -> None:
    assert read_file("n.ipynb", data) == Refusal("not_a_notebook", "n.ipynb")


@pytest.mark.parametrize(
    "cell", [None, 1, [], {}, code(None), code([1]), code({"a": 1}), {"cell_type": ["code"]}]
)
def test_a_broken_cell_is_no_cell(cell: Any) -> None:
    assert read_file("n.ipynb", notebook(cell, code("x"))) == Found(("x",))


@pytest.mark.parametrize("name", ["a.py", "a.txt", "a.ipynb"])
def test_what_is_not_text_is_refused(name: str) -> None:
    assert read_file(name, b"\xff\xfe\x00x") == Refusal("not_text", name)
    assert read_file(name, b"a\x00b") == Refusal("not_text", name)


def test_a_file_without_code_says_so() -> None:
    assert read_file("a.py", b" \n") == Refusal("no_code", "a.py")
    assert read_file("n.ipynb", notebook()) == Refusal("no_code", "n.ipynb")


def test_a_file_that_is_larger_than_it_said_is_refused_all_the_same() -> None:
    assert read_file("a.py", b"x" * (MOST_BYTES + 1)) == Refusal("too_large", "a.py", 262145)


def test_only_files_with_code_are_read_and_only_a_few() -> None:
    files = [("cat.png", 10), ("a.py", 10), ("b.ipynb", 40_000_000), ("c.TXT", 5), ("d.py", 1)]
    wanted, refused = choose([*files, ("e.py", 1)])
    assert wanted == [1, 3, 4]
    assert len(wanted) == MOST_FILES
    assert refused == [Refusal("too_large", "b.ipynb", 40_000_000), Refusal("too_many", "e.py", 1)]


def test_a_large_file_is_told_both_sizes() -> None:
    text = refusal_text(ENGLISH, Refusal("too_large", "big.py", 40 * 1024 * 1024))
    assert text == (
        "`big.py` has 40.0 MiB, and a file with code may have 256 KiB. Post the part to run."
    )


@pytest.mark.parametrize(
    "why", ["too_large", "too_many", "not_text", "not_a_notebook", "no_code", "unreachable"]
)
def test_no_name_of_a_file_can_leave_its_backticks(why: Any) -> None:
    text = refusal_text(ENGLISH, Refusal(why, "a`@everyone`\n.py"))
    assert text.count("`") == 2
    assert "\n" not in text


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["cells", "cell_type", "source", "metadata"]), inner)
    ),
    max_leaves=12,
)


@given(values)
def test_any_json_can_be_read(value: Any) -> None:
    assert isinstance(read_file("n.ipynb", json.dumps(value).encode()), Found | Refusal)


@given(st.sampled_from(["a.py", "a.txt", "a.ipynb"]), st.binary(max_size=60))
def test_any_bytes_can_be_read(name: str, data: bytes) -> None:
    assert isinstance(read_file(name, data), Found | Refusal)
