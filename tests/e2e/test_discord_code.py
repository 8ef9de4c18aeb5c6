"""Code in all its ways through the real program on Discord: posted, mentioned, attached, edited, deleted."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.doubles.discord.people import Person
from tests.doubles.discord.permissions import MODERATING
from tests.doubles.discord.seeing import Seen
from tests.doubles.discord.world import Channel
from tests.e2e.discord_program import Stage, stage

pytestmark = [
    pytest.mark.jail,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

MENU = "Run this code"
POST = "POST /channels/{channel_id}/messages"
RAN = "It ran in"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at() -> AsyncIterator[Stage]:
    async with stage() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def school(at: Stage) -> AsyncIterator[Channel]:
    """A channel of a server; afterwards no rule may have been broken."""
    yield at.double.guild("School", "general").channel("general")
    at.clean()


def person(at: Stage, name: str, channel: Channel) -> Person:
    assert channel.guild is not None
    return at.double.person(name, channel.guild)


async def answer(who: Person, posted: Seen, *words: str) -> Seen:
    """Wait for the one answer to a message that ran."""
    return await who.sees(
        lambda one: RAN in one.text and all(word in one.text for word in words),
        posted.channel,
        after=posted,
        seconds=30,
    )


async def thread_of(who: Person, channel: Channel) -> Channel:
    await who.slash(channel, "learn")
    thread = await who.sees_thread(channel)
    await who.sees("Section 1", thread)
    return thread


FENCES = {
    "backticks": "```\nprint(6 * 7)\n```",
    "with a language": "```python\nprint(6 * 7)\n```",
    "tildes": "~~~\nprint(6 * 7)\n~~~",
    "won signs": "₩₩₩\nprint(6 * 7)\n₩₩₩",
    "between words": "look:\n```py\nprint(6 * 7)\n```\nnice, no?",
    "several": "```\na = 6\n```\nand then\n```\nprint(a * 7)\n```",
}


@pytest.mark.parametrize("how", FENCES)
async def test_a_fence_in_a_dm_runs_as_posted(at: Stage, school: Channel, how: str) -> None:
    ada = person(at, "ada", school)
    posted = await ada.posts(ada.dm, FENCES[how])
    seen = await answer(ada, posted, "42")
    assert seen.message.reference is posted.message
    assert len([one for one in ada.timeline(ada.dm) if RAN in one.text]) == 1


async def test_a_fence_in_ones_own_thread_runs_and_elsewhere_only_on_mention(
    at: Stage, school: Channel
) -> None:
    ada, bob = person(at, "ada", school), person(at, "bob", school)
    thread = await thread_of(ada, school)
    await answer(ada, await ada.posts(thread, "```\nx = 41\nx + 1\n```"), "42")
    plain = await bob.posts(school, "```\nprint('unasked')\n```")
    await bob.sees_nothing_new(school, 1.0)
    bot = at.double.world.bot
    posted = await bob.posts(school, f"<@{bot.id}> ```\nprint('asked')\n```")
    assert (await answer(bob, posted, "asked")).message.reference is posted.message
    replied = await bob.posts(school, f"<@{bot.id}>", reply_to=plain)
    await answer(bob, replied, "unasked")


async def test_a_quick_run_costs_one_request(at: Stage, school: Channel) -> None:
    ada = person(at, "ada", school)
    await answer(ada, await ada.posts(ada.dm, "```\n1\n```"))
    before = len(at.double.rest.requests)
    seen = await answer(ada, await ada.posts(ada.dm, "```\n6 * 7\n```"), "42")
    assert [one.route for one in at.double.rest.requests[before:]] == [POST]
    assert seen.edits == 0


async def test_the_context_menu_runs_ones_own_code_and_a_strangers_apart(
    at: Stage, school: Channel
) -> None:
    ada, bob = person(at, "ada", school), person(at, "bob", school)
    await answer(bob, await bob.posts(bob.dm, "```\nsecret = 7\n```"))
    posted = await ada.posts(school, "```\nprint(globals().get('secret', 'nothing'))\n```")
    own = await ada.reads(await ada.uses_menu(posted, MENU), 30)
    assert "nothing" in own.text
    theirs = await bob.reads(await bob.uses_menu(posted, MENU), 30)
    assert theirs.private
    assert "nothing" in (await bob.sees(RAN, school, after=posted)).text
    none = await ada.posts(school, "hello")
    told = await ada.reads(await ada.uses_menu(none, MENU))
    assert "There is no code in that message" in told.text


async def test_the_form_of_run_runs_what_is_written(at: Stage, school: Channel) -> None:
    ada = person(at, "ada", school)
    asked = await ada.slash(ada.dm, "run")
    form = await asked.shows_form()
    done = await ada.submits_form(
        form, {form.fields[0].id: "for n in range(3):\n    print('line', n)"}
    )
    assert "line 2" in (await ada.sees(RAN, ada.dm, after=done)).text


ATTACHED = {
    "a.py": b"print(6 * 7)",
    "a.txt": b"print(6 * 7)",
    "a.ipynb": json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "source": ["# not code"]},
                {"cell_type": "code", "source": ["x = 6\n", "y = 7"]},
                {"cell_type": "code", "source": "print(x * y)"},
            ],
            "nbformat": 4,
        }
    ).encode(),
}


@pytest.mark.parametrize("name", ATTACHED)
async def test_an_attached_file_runs(at: Stage, school: Channel, name: str) -> None:
    ada = person(at, "ada", school)
    await answer(ada, await ada.posts(ada.dm, "", {name: ATTACHED[name]}), "42")
    asked = await ada.slash(ada.dm, "run", file=(name, ATTACHED[name]))
    assert "42" in (await ada.sees(RAN, ada.dm, after=asked, seconds=30)).text


async def test_a_long_paste_that_became_a_file_runs(at: Stage, school: Channel) -> None:
    ada = person(at, "ada", school)
    code = "```\n" + "# a long comment\n" * 200 + "print('the end')\n```"
    posted = await ada.posts(ada.dm, code)
    assert posted.content == ""
    await answer(ada, posted, "the end")


UNFENCED = {
    "x = 6\nprint(x * 7)": "Run this",
    "print(“6 times 7 is”, 42)": "Fix and run",
}


@pytest.mark.parametrize("text", UNFENCED)
async def test_python_without_a_fence_is_offered_to_run(
    at: Stage, school: Channel, text: str
) -> None:
    ada = person(at, "ada", school)
    posted = await ada.posts(ada.dm, text)
    offer = await ada.sees(lambda one: UNFENCED[text] in one.buttons, ada.dm, after=posted)
    assert RAN not in offer.text
    await ada.presses(offer, UNFENCED[text])
    await answer(ada, posted, "42")


async def test_words_are_verbs_in_a_dm_and_anything_else_gets_an_answer(
    at: Stage, school: Channel
) -> None:
    ada = person(at, "ada", school)
    sumin = at.double.person("수민", locale="ko")
    posted = await ada.posts(ada.dm, "what is this?")
    assert (await ada.sees("I teach PyTorch", ada.dm, after=posted)).buttons
    posted = await ada.posts(ada.dm, "start")
    await ada.sees("Section 1", ada.dm, after=posted)
    posted = await ada.posts(ada.dm, "next")
    await ada.sees("Section 2", ada.dm, after=posted)
    await sumin.slash(sumin.dm, "help")  # tells the bot which language is theirs
    posted = await sumin.posts(sumin.dm, "시작")
    await sumin.sees("텐서", sumin.dm, after=posted)


async def test_an_edit_runs_again_in_the_same_answer(at: Stage, school: Channel) -> None:
    ada = person(at, "ada", school)
    posted = await ada.posts(ada.dm, "```\nprint('one')\n```")
    seen = await answer(ada, posted, "one")
    await ada.edits(posted, "```\nprint('two')\n```")
    assert (await answer(ada, posted, "two")).message is seen.message
    requests = len(at.double.rest.requests)
    await ada.edits(posted, "only the words changed ```\nprint('two')\n```")
    at.double.world.pulse.beat()
    await ada.sees_nothing_new(ada.dm, 1.6)
    assert len(at.double.rest.requests) == requests
    assert len([one for one in ada.timeline(ada.dm) if RAN in one.text]) == 1


async def test_twenty_edits_in_five_seconds_end_with_the_last(at: Stage, school: Channel) -> None:
    ada = person(at, "ada", school)
    posted = await ada.posts(ada.dm, "```\nprint('version', 0)\n```")
    seen = await answer(ada, posted, "version 0")
    for n in range(1, 21):
        await ada.edits(posted, f"```\nprint('version', {n})\n```")
    assert (await answer(ada, posted, "version 20")).message is seen.message
    assert seen.edits < 6


async def test_deleting_the_source_deletes_the_answer(at: Stage, school: Channel) -> None:
    ada = person(at, "ada", school)
    posted = await ada.posts(ada.dm, "```\nprint('gone soon')\n```")
    seen = await answer(ada, posted, "gone soon")
    await ada.deletes(posted)
    await ada.sees_no_more(seen)


async def test_run_again_and_delete_are_the_owners_and_delete_the_moderators_too(
    at: Stage, school: Channel
) -> None:
    ada, bob, mod = (person(at, name, school) for name in ("ada", "bob", "mod"))
    assert school.guild is not None
    at.double.servers.give(school.guild, mod, MODERATING)
    bot = at.double.world.bot
    source = f"<@{bot.id}> ```\nprint('mine', globals().setdefault('n', 1))\n```"
    posted = await ada.posts(school, source)
    seen = await answer(ada, posted, "mine")
    refused = await bob.reads(await bob.presses(seen, "Delete"))
    assert refused.private
    assert not seen.gone
    await ada.presses(seen, "Run again")
    await answer(ada, posted, "mine")
    await mod.presses(seen, "Delete")
    await ada.sees_no_more(seen)


async def test_what_goes_on_is_shown_live_and_can_be_stopped(at: Stage, school: Channel) -> None:
    ada, bob = person(at, "ada", school), person(at, "bob", school)
    thread = await thread_of(ada, school)
    posted = await ada.posts(
        thread,
        "```\nimport time\nfor n in range(100):\n    print('tick', n)\n    time.sleep(0.1)\n```",
    )
    await ada.sees_typing(thread)
    live = await ada.sees(lambda one: "Stop" in one.buttons, thread, after=posted)
    await ada.sees(lambda one: "tick 1" in one.text, thread, after=posted)
    await ada.presses(live, "Stop")
    stopped = await ada.sees("Stopped by you", thread, after=posted)
    assert stopped.message is live.message
    assert bob.threads(school) == []


async def test_long_output_is_a_file_and_pictures_are_attached(at: Stage, school: Channel) -> None:
    ada = person(at, "ada", school)
    posted = await ada.posts(
        ada.dm,
        "```\nfor n in range(200): print('line', n)\n"
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\n```",
    )
    seen = await answer(ada, posted)
    lines = seen.files["output.txt"].decode().splitlines()
    assert lines == [f"line {n}" for n in range(200)]
    assert any(one.kind == "image/png" for one in seen.pictures)


async def test_output_pings_nobody_and_does_not_leave_its_block(at: Stage, school: Channel) -> None:
    ada = person(at, "ada", school)
    bot = at.double.world.bot
    posted = await ada.posts(
        school, f"<@{bot.id}>\n~~~\nprint('@everyone <@{ada.id}>\\n```\\n# bold')\n~~~"
    )
    await answer(ada, posted)


BAD = {
    "a large file": ("", {"big.py": b"#" * (40 << 20)}),
    "thirty fences": ("```\n1\n```\n" * 30, {}),
    "no notebook": ("", {"a.ipynb": b"{"}),
    "no text": ("", {"a.py": b"\xff\xfe\x00"}),
    "a picture": ("", {"a.png": b"\x89PNG"}),
    "nothing": ("", {}),
}


@pytest.mark.parametrize("what", BAD)
async def test_bad_input_gets_one_short_answer(at: Stage, school: Channel, what: str) -> None:
    ada = person(at, "ada", school)
    text, files = BAD[what]
    posted = await ada.posts(ada.dm, text, files)
    seen = await ada.sees(lambda one: bool(one.text), ada.dm, after=posted, seconds=30)
    assert len(seen.text) < 1500
    assert "went wrong" not in seen.text
