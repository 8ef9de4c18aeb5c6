import pytest

from bot.platforms.console.menu import Menu, TooMany, menu_after
from bot.tutor.reply import Button, Choice, Heading, Link, Note, Ref, Reply


def option(name: str) -> Ref:
    return Ref("answer", ("lesson", "1", "q1", name))


ONE = Choice(
    "One:", (("torch.rand(5, 5)", option("rand")), ("`torch.randn(5, 5)`", option("randn")))
)
MANY = Choice("All:", tuple((name.upper(), option(name)) for name in ("x", "y", "z")), many=True)
REPLIES = [
    Reply((), (Button("Run", Ref("run")), Link("Docs", "https://pytorch.org"))),
    Reply((), (ONE, MANY, Button("Next", Ref("next")))),
]


@pytest.fixture
def menu() -> Menu:
    return menu_after(REPLIES, Menu())


def test_buttons_get_numbers_and_options_letters_through_all_replies(menu: Menu) -> None:
    assert menu.keys == ("1", "2", "a", "b", "c", "d", "e")


@pytest.mark.parametrize("typed", ["2", " 2 ", "[2]", "2.", "next", "NEXT", "Ｎｅｘｔ", "２"])
def test_a_button_is_pressed_by_key_or_label(menu: Menu, typed: str) -> None:
    assert menu.pressed(typed) == Ref("next")


@pytest.mark.parametrize(
    "typed", ["b", "B", "(b)", "torch.randn(5, 5)", "`torch.randn(5, 5)`", "ㅠ"]
)
def test_an_option_is_picked_by_letter_or_text(menu: Menu, typed: str) -> None:
    assert menu.pressed(typed) == option("randn")


def test_an_option_is_picked_by_its_text_with_ticks_or_without() -> None:
    labels = ("`rand` and `randn`", "it copies b")
    menu = menu_after(
        [Reply((), (Choice("", tuple((one, option(one)) for one in labels)),))], Menu()
    )
    for typed in ("rand and randn", "`rand` and `randn`", "rand and `randn`"):
        assert menu.pressed(typed) == option(labels[0])
    assert menu.pressed("It copies `b`") == option(labels[1])


@pytest.mark.parametrize("typed", ["e c", "e,c", "ec", "E, C", "e c e"])
def test_several_letters_pick_several_in_the_order_typed(menu: Menu, typed: str) -> None:
    assert menu.pressed(typed) == Ref("answer", ("lesson", "1", "q1", "z", "x"))


def test_one_of_many_is_picked_alone(menu: Menu) -> None:
    assert menu.pressed("d") == option("y")


def test_several_letters_where_one_is_wanted_pick_nothing(menu: Menu) -> None:
    assert menu.pressed("a b") == TooMany()


@pytest.mark.parametrize("typed", ["", "3", "w", "a d", "e f", "torch", "x = 1", "ace of base"])
def test_anything_else_presses_nothing(menu: Menu, typed: str) -> None:
    assert menu.pressed(typed) is None


def test_a_remark_leaves_the_page_before_it_open(menu: Menu) -> None:
    hint = [Reply((Note("info", "A hint"),), (Button("Skip", Ref("skip")),))]
    now = menu_after(hint, menu)
    assert now.keys == ("1", "a", "b", "c", "d", "e")
    assert now.pressed("1") == Ref("skip")
    assert now.pressed("a") == option("rand")
    assert now.pressed("Next") == Ref("next")


def test_a_remark_without_buttons_leaves_all_keys_as_they_were(menu: Menu) -> None:
    assert menu_after([Reply((Note("info", "No"),))], menu).keys == menu.keys


def test_a_heading_opens_a_new_page(menu: Menu) -> None:
    now = menu_after([Reply((Heading("Section 2"),), (Button("Run", Ref("run")),))], menu)
    assert now.keys == ("1",)
    assert now.pressed("a") is None
    assert now.pressed("Next") is None


def test_keys_go_on_after_z() -> None:
    choice = Choice("", tuple((str(n), option(str(n))) for n in range(28)))
    assert menu_after([Reply((), (choice,))], Menu()).keys[-3:] == ("z", "a1", "b1")
