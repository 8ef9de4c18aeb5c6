from bot.tutor.recent import Recent


def test_least_recently_used_goes_first() -> None:
    recent: Recent[str, int] = Recent(3)
    for name, value in (("a", 1), ("b", 2), ("c", 3)):
        recent.put(name, value, 1)
    assert recent.get("a") == 1
    recent.put("d", 4, 1)
    assert [recent.get(name) for name in "abcd"] == [1, None, 3, 4]


def test_heavy_entry_pushes_out_several_and_too_heavy_is_not_kept() -> None:
    recent: Recent[str, int] = Recent(3)
    for name in "abc":
        recent.put(name, 0, 1)
    recent.put("d", 4, 2)
    assert [recent.get(name) for name in "abcd"] == [None, None, 0, 4]
    recent.put("e", 5, 4)
    assert recent.get("e") is None
    assert recent.get("d") == 4


def test_replacing_counts_only_the_new_weight() -> None:
    recent: Recent[str, int] = Recent(3)
    recent.put("a", 1, 3)
    recent.put("a", 2, 1)
    recent.put("b", 3, 2)
    assert (recent.get("a"), recent.get("b")) == (2, 3)
    recent.put("b", 4, 9)
    assert recent.get("b") is None


def test_what_is_dropped_makes_room() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1, 1)
    recent.put("b", 2, 1)
    recent.drop("a")
    recent.drop("never there")
    recent.put("c", 3, 1)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (None, 2, 3)
