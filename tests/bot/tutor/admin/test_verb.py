import pytest

from bot.tutor.admin.verbs import ADMIN_VERBS
from bot.tutor.event import Place
from bot.tutor.reply import Fields, Ref
from tests.doubles.member import DM, ONE, Member

ALL = [verb.name for verb in ADMIN_VERBS]
OF_MANAGERS = ["setup", "post-quiz", "status", "export"]
OF_OPERATORS = ["status", "export", "reload", "block"]


def listed(member: Member) -> list[str]:
    pairs = [pair for part in member.seen.parts if isinstance(part, Fields) for pair in part.pairs]
    names = (name.removeprefix("tutor ").split()[0] for name, _ in pairs if "tutor " in name)
    return list(names)


@pytest.mark.parametrize("verb", ["", "nonsense", "SETUP; DROP TABLE"])
async def test_without_a_known_verb_what_there_is_is_listed(
    grace: Member, olga: Member, verb: str
) -> None:
    await grace.commands("tutor", *([verb] if verb else []))
    assert listed(grace) == OF_MANAGERS
    await olga.commands("tutor", *([verb] if verb else []))
    assert listed(olga) == OF_OPERATORS


@pytest.mark.parametrize("verb", [*ALL, "nonsense"])
async def test_learners_get_one_kind_sentence(ada: Member, verb: str) -> None:
    assert "for those who look after the tutor" in await ada.tutors(verb, user="grace")
    assert len(ada.replies) == 1
    assert "for those who look after the tutor" in await ada.sends(Ref("tutor", (verb,)))


@pytest.mark.parametrize("verb", ["reload", "block"])
async def test_managers_are_no_operators(grace: Member, verb: str) -> None:
    await grace.tutors(verb, user="ada")
    assert listed(grace) == OF_MANAGERS


@pytest.mark.parametrize("place", [DM, Place("guest", "server-1", "general-1"), Place("terminal")])
@pytest.mark.parametrize("verb", ALL)
async def test_nobody_manages_a_place_without_the_tutor(
    grace: Member, place: Place, verb: str
) -> None:
    grace.acts_in(place)
    assert "for those who look after the tutor" in await grace.tutors(verb)


@pytest.mark.parametrize("verb", ["setup", "post-quiz"])
async def test_an_operator_is_told_where_a_servers_verbs_belong(olga: Member, verb: str) -> None:
    assert "belongs to a server" in await olga.tutors(verb)


async def test_operators_manage_every_server(olga: Member) -> None:
    olga.acts_in(ONE)
    assert "The tutor in this server" in await olga.tutors("setup")


async def test_help_shows_the_verbs_to_those_alone_who_may(
    ada: Member, grace: Member, olga: Member
) -> None:
    await ada.commands("help")
    assert listed(ada) == []
    await grace.commands("help")
    assert listed(grace) == OF_MANAGERS
    await olga.commands("help")
    assert listed(olga) == OF_OPERATORS
    olga.acts_in(ONE)
    await olga.commands("help")
    assert listed(olga) == ALL


async def test_words_after_the_verb_are_its_options(olga: Member) -> None:
    assert "two formats" in await olga.commands("tutor", "export", "pdf")
    assert "`discord:bea` was not blocked" in await olga.commands(
        "tutor", "block", "discord:bea", "undo=yes"
    )
