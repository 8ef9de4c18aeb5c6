import os
from pathlib import Path

import pytest

from bot.platforms.console.keeping import MOST_DRAWN, Keeper, safe_name
from bot.platforms.console.render import Look, is_shown_whole, render
from bot.tutor.drawing import Card
from bot.tutor.reply import File, Image, Note, Part, Reply
from tests.bot.platforms.console.piped import ENGLISH


def test_pictures_and_files_are_put_away_and_the_screen_tells_where(tmp_path: Path) -> None:
    folder = tmp_path / "tutor-files"
    parts = (Note("good", "It ran."), Image(b"png", "Figure 1"), File("w.pt", b"\xff"))
    kept = Keeper(folder).keep(parts)
    assert [path.read_bytes() for path in kept.values()] == [b"png", b"\xff"]
    lines = render(Reply(parts), Look(None, colour=False, say=ENGLISH, kept=kept))
    assert f"  [picture: Figure 1] → {folder}/figure.png" in lines
    assert f"  w.pt (1 B) → {folder}/w.pt" in lines


def test_nothing_is_overwritten_and_nothing_is_written_twice(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"mine")
    keeper, one, other = Keeper(tmp_path), File("a.tar.gz", b"1"), File("a.tar.gz", b"2")
    assert keeper.keep([one])[one] == keeper.keep([one])[one] == tmp_path / "a-2.tar.gz"
    assert keeper.keep([other])[other] == tmp_path / "a-3.tar.gz"
    assert (tmp_path / "a.tar.gz").read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 3


def test_no_link_is_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "files", tmp_path / "outside"
    folder.mkdir()
    (folder / "a.txt").symlink_to(outside)
    file = File("a.txt", b"1")
    assert Keeper(folder).keep([file])[file] == folder / "a-2.txt"
    assert not outside.exists()


def test_no_folder_is_made_for_nothing(tmp_path: Path) -> None:
    assert Keeper(tmp_path / "files").keep([Note("info", "text")]) == {}
    assert not (tmp_path / "files").exists()


def test_what_cannot_be_written_is_shown_without_a_place(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    assert Keeper(tmp_path / "files").keep([Image(b"png", "Figure 1")]) == {}


def test_drawings_are_named_after_what_they_show_and_the_oldest_make_way(tmp_path: Path) -> None:
    card = Card("Tensor inspector", "", ())
    mine = tmp_path / "card.png"
    mine.write_bytes(b"mine")
    keeper = Keeper(tmp_path)
    first = Image(b"first", "x", card)
    place = keeper.keep([first])[first]
    assert place.name.startswith("card-")
    for number in range(MOST_DRAWN - 1):
        keeper.keep([Image(b"%d" % number, "x", card)])
        os.utime(place)
    assert keeper.keep([first])[first] == place
    keeper.keep([Image(b"another", "x", card)])
    assert len(list(tmp_path.glob("card-*.png"))) == MOST_DRAWN
    assert place.exists()
    assert mine.read_bytes() == b"mine"


def test_only_what_the_screen_does_not_show_whole_is_put_away() -> None:
    shown: list[Part] = [Note("info", "a"), File("a.txt", b"1\n" * 200)]
    others: list[Part] = [Image(b"png", "a"), File("a.txt", b"1\n" * 201), File("w.pt", b"\xff")]
    assert all(map(is_shown_whole, shown))
    assert not any(map(is_shown_whole, others))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("w.pt", "w.pt"),
        ("그래프.png", "그래프.png"),
        (".bashrc", "bashrc"),
        ("../../etc/x", "etc_x"),
        ("a\x1b[2J\n.txt", "a_2J_.txt"),
        ("-rf", "rf"),
        ("...", "file"),
        ("", "file"),
        ("x" * 500 + ".csv", "x" * 50 + ".csv"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
