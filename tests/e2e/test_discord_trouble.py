"""Trouble through the real program on Discord: restarts, faults, limits, lost tokens, closed doors."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.doubles.discord.interactions import COMPONENT
from tests.doubles.discord.people import Person
from tests.doubles.discord.permissions import Permission
from tests.doubles.discord.seeing import Seen
from tests.doubles.discord.world import Channel, Guild
from tests.e2e.discord_program import Stage, stage

pytestmark = [
    pytest.mark.jail,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

MENU = "Run this code"
POST = "POST /channels/{channel_id}/messages"
PATCH = "PATCH /channels/{channel_id}/messages/{message_id}"
THREADS = "POST /channels/{channel_id}/threads"
RAN = "It ran in"
SLOW = "```\nimport time\nfor n in range({n}):\n    print('tick', n)\n    time.sleep(0.25)\n```"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at() -> AsyncIterator[Stage]:
    async with stage() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def school(at: Stage) -> AsyncIterator[Guild]:
    """A server; afterwards no rule may have been broken."""
    yield at.double.guild("School", "general", "staff")
    at.clean()


async def own_thread(who: Person, guild: Guild) -> Channel:
    await who.slash(guild.channel("general"), "learn")
    thread = await who.sees_thread(guild.channel("general"))
    await who.sees("Section 1", thread)
    return thread


async def ran(who: Person, posted: Seen, *words: str) -> Seen:
    return await who.sees(
        lambda one: RAN in one.text and all(word in one.text for word in words),
        posted.channel,
        after=posted,
        seconds=40,
    )


def bot_says(who: Person, where: Channel) -> list[Seen]:
    return [one for one in who.timeline(where) if one.message.author.bot]


# Restarts


async def test_a_kill_between_question_and_click_changes_nothing(at: Stage, school: Guild) -> None:
    ada = at.double.person("ada", school)
    thread = await own_thread(ada, school)
    first = await ada.sees("Section 1", thread)
    asked = await ada.slash(ada.dm, "run")
    form = await asked.shows_form()
    await at.program.restart(killed=True)
    asked = await ada.presses(first, "Next")
    await ada.sees("Section 2", thread, after=first)
    done = await ada.submits_form(form, {form.fields[0].id: "print('after', 1 + 1)"})
    await ada.sees("after 2", ada.dm, after=done, seconds=40)


async def test_a_run_that_a_kill_cut_short_says_so_and_can_be_run_again(
    at: Stage, school: Guild
) -> None:
    ada = at.double.person("ada", school)
    thread = await own_thread(ada, school)
    await ran(ada, await ada.posts(thread, "```\nprint('warm')\n```"))
    posted = await ada.posts(thread, SLOW.format(n=20))
    live = await ada.sees(lambda one: "Stop" in one.buttons, thread, after=posted)
    await at.program.restart(killed=True)
    told = await ada.sees("The tutor was restarted while this ran", thread, after=posted)
    assert told.message is live.message
    assert "Run again" in told.buttons
    await ada.edits(posted, SLOW.format(n=3))
    done = await ran(ada, posted, "tick 2")
    assert done.message is live.message


async def test_edits_and_deletions_find_their_answer_after_a_restart(
    at: Stage, school: Guild
) -> None:
    ada = at.double.person("ada", school)
    posted = await ada.posts(ada.dm, "```\nprint('one')\n```")
    seen = await ran(ada, posted, "one")
    await at.program.restart()
    await ada.edits(posted, "```\nprint('two')\n```")
    assert (await ran(ada, posted, "two")).message is seen.message
    await ada.deletes(posted)
    await ada.sees_no_more(seen)


# The connection


async def test_drops_and_lost_sessions_are_not_noticed(at: Stage, school: Guild) -> None:
    ada = at.double.person("ada", school)
    await at.double.gateway.drop()
    posted = await ada.posts(ada.dm, "```\nprint('missed', 1)\n```")
    await ran(ada, posted, "missed 1")
    await at.double.gateway.ask_to_reconnect()
    posted = await ada.posts(ada.dm, "```\nprint('missed', 2)\n```")
    await ran(ada, posted, "missed 2")
    await at.double.gateway.invalidate()
    await at.double.connected()
    posted = await ada.posts(ada.dm, "```\nprint('back')\n```")
    await ran(ada, posted, "back")


@pytest.mark.parametrize("done_first", [False, True])
async def test_a_failing_discord_gets_each_answer_once(
    at: Stage, school: Guild, done_first: bool
) -> None:
    ada = at.double.person("ada", school)
    at.double.rest.fail(POST, 502, times=2, done_first=done_first)
    posted = await ada.posts(ada.dm, "```\nprint('once')\n```")
    await ran(ada, posted, "once")
    await asyncio.sleep(0.3)
    assert len([one for one in ada.timeline(ada.dm) if RAN in one.text]) == 1


async def test_tight_limits_delay_answers_and_lose_none(at: Stage, school: Guild) -> None:
    ada = at.double.person("ada", school)
    at.double.rest.limits.set(POST, 2, 0.5)
    at.double.rest.limits.set(PATCH, 2, 0.5)
    try:
        posts = [await ada.posts(ada.dm, f"```\nprint('number', {n})\n```") for n in range(8)]
        for n, posted in enumerate(posts):
            await ran(ada, posted, f"number {n}")
    finally:
        at.double.rest.limits.set(POST, 5, 5.0)
        at.double.rest.limits.set(PATCH, 5, 5.0)
    answers = [one for one in ada.timeline(ada.dm) if RAN in one.text]
    assert len(answers) == len(posts)


# Tokens and doors


async def test_a_private_answer_whose_token_died_goes_to_the_dm(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    ada, bob = at.double.person("ada", school), at.double.person("bob", school)
    posted = await ada.posts(general, SLOW.format(n=8))
    asked = await bob.uses_menu(posted, MENU)
    asked.expire()
    await bob.sees("tick 7", bob.dm, seconds=40)
    assert not any("tick" in one.text for one in bot_says(ada, general))


async def test_with_a_closed_dm_it_waits_for_their_next_command(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    ada, bob = at.double.person("ada", school), at.double.person("bob", school)
    bob.closed = True
    posted = await ada.posts(general, SLOW.format(n=8))
    asked = await bob.uses_menu(posted, MENU)
    asked.expire()
    before = len(at.double.invalid)
    async with asyncio.timeout(40):
        while not any("tick 7" in one.text for one in bot_says(bob, general)):
            await asyncio.sleep(1)
            await bob.slash(general, "help")
    assert not any("tick" in one.text for one in bot_says(ada, general))
    assert sum("Running for" in one.text for one in bot_says(bob, general)) <= 1
    assert (
        len(at.double.invalid) - before <= 4
    )  # the token's end and the closed door, once each way


async def test_a_strangers_press_and_a_button_that_is_gone_get_a_kind_answer(
    at: Stage, school: Guild
) -> None:
    general = school.channel("general")
    ada, bob = at.double.person("ada", school), at.double.person("bob", school)
    posted = await ada.posts(general, f"<@{at.double.world.bot.id}> ```\nprint('mine')\n```")
    seen = await ran(ada, posted, "mine")
    refused = await bob.reads(await bob.presses(seen, "Run again"))
    assert refused.private
    assert str(ada.id) in refused.text
    for custom_id in ("t1:run:gone:gone", "t1:nothing", "somebody else's", "t1:answer:::"):
        data = {"custom_id": custom_id, "component_type": 2}
        asked = await bob.place.ask(bob, general, COMPONENT, data, seen.message).acknowledged()
        told = await bob.reads(asked)
        assert told.private, custom_id
        assert "went wrong" not in told.text, custom_id


# Permissions


async def test_where_it_may_make_no_threads_lessons_are_private(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    bot = at.double.world.bot
    at.double.servers.forbid(general, bot, Permission.CREATE_PRIVATE_THREADS)
    ada = at.double.person("ada", school)
    seen = await ada.reads(await ada.slash(general, "learn"))
    assert seen.private
    assert "Section 1" in seen.text
    await ada.presses(seen, "Run")
    await ada.sees(RAN, general, after=seen, seconds=40)
    assert general.threads == []


async def test_slowed_down_with_threads_it_answers_privately_in_time(
    at: Stage, school: Guild
) -> None:
    general = school.channel("general")
    at.double.rest.limits.set(THREADS, 2, 60.0)
    try:
        ada, bob = at.double.person("ada", school), at.double.person("bob", school)
        await own_thread(ada, school)
        asked = await bob.slash(general, "learn")
        seen = await bob.reads(asked)
        assert seen.private
        assert "Section 1" in seen.text
    finally:
        at.double.rest.limits.set(THREADS, 50, 1.0)


async def test_without_embeds_and_files_it_says_the_same_in_words_and_tells_once(
    at: Stage, school: Guild
) -> None:
    general = school.channel("general")
    bot = at.double.world.bot
    at.double.servers.forbid(general, bot, Permission.EMBED_LINKS | Permission.ATTACH_FILES)
    ada = at.double.person("ada", school)
    owner = school.owner
    for n in range(2):
        posted = await ada.posts(
            general, f"<@{bot.id}> ```\nx = torch.ones(2)\nprint('plain', {n})\n```"
        )
        seen = await ran(ada, posted, f"plain {n}")
        assert not seen.embeds
    assert isinstance(owner, Person)
    await owner.sees("Embed Links", owner.dm)
    assert len([one for one in owner.timeline(owner.dm) if "Embed Links" in one.text]) == 1


async def test_where_it_may_not_write_nothing_breaks(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    bot = at.double.world.bot
    ada = at.double.person("ada", school)
    await ada.sees("Press Start", general)
    before = len(at.double.invalid)
    at.double.servers.forbid(general, bot, Permission.SEND_MESSAGES)
    await ada.posts(general, f"<@{bot.id}> ```\nprint('nowhere')\n```")
    await ada.sees_nothing_new(general, 0.5)
    posted = await ada.posts(ada.dm, "```\nprint('here')\n```")
    await ran(ada, posted, "here")
    assert len(at.double.invalid) == before


async def test_a_thread_that_was_archived_or_deleted_comes_back(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    ada = at.double.person("ada", school)
    thread = await own_thread(ada, school)
    before = ada.timeline(thread)[-1]
    at.double.servers.archive(thread)
    await ada.slash(general, "learn")
    await ada.sees("Section 1", thread, after=before)
    assert not thread.archived
    at.double.servers.remove_channel(thread)
    await ada.slash(general, "learn")
    again = await ada.sees_thread(general)
    assert again is not thread
    await ada.sees("Section 1", again)


async def test_somebody_in_five_servers_has_one_progress(at: Stage, school: Guild) -> None:
    guilds = [school, *(at.double.guild(f"School {n}", "general") for n in range(4))]
    ada = at.double.person("ada", *guilds)
    threads = await asyncio.gather(*(own_thread(ada, guild) for guild in guilds[:1]))
    await ada.presses(await ada.sees("Section 1", threads[0]), "Next")
    await ada.sees("Section 2", threads[0])
    await asyncio.gather(*(ada.slash(one.channel("general"), "learn") for one in guilds[1:]))
    for guild in guilds[1:]:
        await ada.sees("Section 2", await ada.sees_thread(guild.channel("general")))


async def test_as_ones_own_app_it_answers_where_it_is_not(at: Stage, school: Guild) -> None:
    away = at.double.guild("Away", "general", bot=False)
    general = away.channel("general")
    ada, bob = at.double.person("ada", away), at.double.person("bob", away)
    ada.installed = True
    assert bob.offered(general) == {}
    seen = await ada.reads(await ada.slash(general, "learn"))
    assert "Section 1" in seen.text
    assert seen.private
    posted = await bob.posts(general, "```\nprint('theirs')\n```")
    asked = await ada.uses_menu(posted, MENU)
    await ada.sees("theirs", general, after=asked, seconds=40)
    assert bot_says(bob, general) == []
