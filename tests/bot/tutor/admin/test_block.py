import pytest

from bot.tutor.turn import Services
from tests.doubles.member import TWO, Member


async def test_whoever_is_blocked_is_out_until_they_are_let_in_again(
    olga: Member, ada: Member, services: Services
) -> None:
    assert "`discord:ada` cannot use the tutor any more" in await olga.tutors("block", user="ada")
    assert "You cannot use this tutor here" in await ada.commands("learn")
    ada.acts_in(TWO)
    assert "You cannot use this tutor here" in await ada.commands("learn")
    assert "may use the tutor again" in await olga.tutors("block", user="ada", undo="yes")
    assert "Why tensors matter" in await ada.commands("learn")
    assert "was not blocked" in await olga.tutors("block", user="ada", undo="yes")


async def test_another_platform_can_be_named(olga: Member, services: Services) -> None:
    await olga.tutors("block", user="slack:U1")
    assert await services.places.is_blocked("slack", "U1")
    assert not await services.places.is_blocked("discord", "U1")


async def test_blocking_twice_is_no_mistake(olga: Member) -> None:
    for _ in range(2):
        assert "cannot use the tutor any more" in await olga.tutors("block", user="ada")


@pytest.mark.parametrize("user", ["olga", "discord:olga"])
async def test_operators_cannot_be_blocked(olga: Member, services: Services, user: str) -> None:
    assert "is an operator" in await olga.tutors("block", user=user)
    assert not await services.places.is_blocked("discord", "olga")


@pytest.mark.parametrize("user", ["", "  ", "<@1>", "a b", "irc:x", "x" * 65, "discord:"])
async def test_nobody_is_named_by_what_is_no_id(olga: Member, user: str) -> None:
    assert "by their id" in await olga.tutors("block", user=user)
