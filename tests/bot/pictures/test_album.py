from bot.pictures.album import Album


def test_what_was_asked_for_last_stays() -> None:
    album = Album(most_bytes=100)
    for key in (b"a", b"b"):
        album.keep(key, key * 50)
    assert album.get(b"a") == b"a" * 50
    album.keep(b"c", b"c" * 50)
    assert (album.get(b"a"), album.get(b"b"), album.get(b"c")) == (b"a" * 50, None, b"c" * 50)


def test_a_picture_kept_twice_counts_once() -> None:
    album = Album(most_bytes=100)
    for _ in range(5):
        album.keep(b"a", b"a" * 50)
    album.keep(b"b", b"b" * 50)
    assert album.get(b"a")


def test_a_picture_larger_than_the_album_is_not_kept() -> None:
    album = Album(most_bytes=100)
    album.keep(b"a", b"a" * 101)
    assert album.get(b"a") is None
    album.keep(b"b", b"b" * 100)
    assert album.get(b"b")
