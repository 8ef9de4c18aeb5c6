import pytest

from bot.tutor.records import ServerSettings
from bot.tutor.reply import Fields, Note
from bot.tutor.turn import Services
from tests.doubles.member import TWO, Member


async def settings(services: Services, server: str = "server-1") -> ServerSettings:
    return await services.places.server("discord", server)


def pairs(member: Member) -> dict[str, str]:
    (fields,) = [part for part in member.seen.parts if isinstance(part, Fields)]
    return dict(fields.pairs)


async def test_it_shows_what_is_set_and_what_to_try_next(grace: Member, services: Services) -> None:
    text = await grace.tutors("setup")
    assert "Try `learn` yourself" in text
    assert pairs(grace) == {
        "Channel": "none: wherever it is called",
        "Language": "what each person's chat says",
        "Code in messages runs": "in every channel",
    }
    assert await settings(services) == ServerSettings()


async def test_it_keeps_what_is_named_and_leaves_the_rest(
    grace: Member, services: Services
) -> None:
    assert "That is kept." in await grace.tutors("setup", channel="torch", language="ko")
    await grace.tutors("setup", code="threads")
    assert await settings(services) == ServerSettings(
        channel_id="torch", locale="ko", code="threads"
    )
    assert pairs(grace)["Channel" if "Channel" in pairs(grace) else "채널"] == "<#torch>"
    await grace.tutors("setup", channel="none")
    assert (await settings(services)).channel_id == ""


async def test_options_can_be_chosen_below(grace: Member, services: Services) -> None:
    await grace.tutors("setup")
    await grace.presses("한국어")
    await grace.tutors("setup")
    await grace.presses(
        "학습자 스레드" if "학습자 스레드" in grace.labels else "in learners' threads"
    )
    assert await settings(services) == ServerSettings(locale="ko", code="threads")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"channel": "a b"}, "no such channel"),
        ({"channel": "<#1>"}, "no such channel"),
        ({"channel": "1" * 65}, "no such channel"),
        ({"language": "fr"}, "no language “fr”"),
        ({"code": "nowhere"}, "`everywhere`"),
    ],
)
async def test_what_cannot_be_set_is_said_and_changes_nothing(
    grace: Member, services: Services, options: dict[str, str], said: str
) -> None:
    assert said in await grace.tutors("setup", **options)
    assert await settings(services) == ServerSettings()


async def test_what_the_platform_has_seen_of_its_permissions_is_part_of_the_answer(
    grace: Member,
) -> None:
    grace.observed = (Note("warn", "I may not make threads here."),)
    assert "I may not make threads here." in await grace.tutors("setup")


async def test_one_server_does_not_change_another(
    grace: Member, alan: Member, services: Services
) -> None:
    await grace.tutors("setup", channel="torch", language="ko", code="threads")
    assert await settings(services, "server-2") == ServerSettings()
    assert "torch" not in await alan.tutors("setup")
    grace.acts_in(TWO)
    grace._actor = type(grace.actor)("discord", "grace", "Grace")
    assert "look after the tutor" in await grace.tutors("setup", code="everywhere")
    assert (await settings(services)).code == "threads"


async def test_the_language_of_a_server_is_spoken_to_whom_no_other_is_known_for(
    grace: Member, services: Services
) -> None:
    await grace.tutors("setup", language="ko")
    newcomer = Member(grace.tutor, "bea")
    assert "텐서" in await newcomer.commands("learn")
    other = Member(grace.tutor, "carl", locale="en-GB")
    assert "Why tensors matter" in await other.commands("learn")
    elsewhere = Member(grace.tutor, "dora", TWO)
    assert "Why tensors matter" in await elsewhere.commands("learn")
