from bot.tutor.verbs import NAMES
from tests.doubles.visitor import Visitor


async def test_help_names_every_verb_and_the_next_thing_to_try(ada: Visitor) -> None:
    shown = await ada.says("help")
    for name in NAMES:
        assert any(line.startswith(name) for line in shown.splitlines())
    assert "Section 1 of 6" in await ada.presses("Start")


async def test_help_says_what_is_stored(ada: Visitor) -> None:
    await ada.says("learn")
    assert "are kept in the database file" in await ada.says("도움말")
