"""How the program gets into Discord: tokens, intents, commands that are registered only when they changed."""

import pytest

from tests.doubles.discord.double import Discord
from tests.doubles.discord.people import Person
from tests.doubles.discord.permissions import Permission
from tests.doubles.discord.sessions import MESSAGE_CONTENT
from tests.e2e.discord_program import DiscordProgram, running

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120)]

WRONG = {"none": None, "empty": " ", "no token": "two words", "refused": "wrong.token.here"}


@pytest.mark.parametrize("what", WRONG)
async def test_without_a_token_that_is_taken_it_says_what_to_do_and_ends(what: str) -> None:
    async with Discord() as double, running(double, start=False) as program:
        token = WRONG[what]
        if token is None:
            del program.environ["DISCORD_TOKEN"]
        else:
            program.environ["DISCORD_TOKEN"] = token
        await program.start(ready=False)
        assert await program.ended() == 2
        assert "DISCORD_TOKEN" in program.log
        assert "https://discord.com/developers/applications" in program.log
        assert "Traceback" not in program.log
        assert sum(one.status == 401 for one in double.rest.requests) <= 1


async def test_commands_are_registered_again_only_when_they_changed() -> None:
    async with Discord() as double, running(double) as program:
        assert double.application.registered == 1
        await program.restart()
        assert double.application.registered == 1
        ada = double.person("ada")
        await ada.slash(ada.dm, "help")
        assert double.violations == []


async def serve_without_contents(double: Discord, program: DiscordProgram) -> None:
    school = double.guild("School", "general")
    general = school.channel("general")
    ada = double.person("ada", school)
    await ada.slash(general, "learn")
    thread = await ada.sees_thread(general)
    await ada.sees("Section 1", thread)
    posted = await ada.posts(thread, "```\n1 + 1\n```")
    await ada.sees("I cannot see what you write here", thread, after=posted)
    told = await ada.posts(thread, "```\n2 + 2\n```")
    await ada.sees_nothing_new(thread, 1.0)
    for text in (f"<@{double.world.bot.id}> ```\n20 + 22\n```",):
        asked = await ada.posts(general, text)
        await ada.sees("42", general, after=asked, seconds=30)
    menu = await ada.uses_menu(told, "Run this code")
    await ada.sees("It ran in", thread, after=menu, seconds=30)
    in_dm = await ada.posts(ada.dm, "```\n40 + 2\n```")
    await ada.sees("42", ada.dm, after=in_dm, seconds=30)
    form = await (await ada.slash(general, "run")).shows_form()
    done = await ada.submits_form(form, {form.fields[0].id: "84 // 2"})
    await ada.sees("42", general, after=done, seconds=30)
    assert "Message Content Intent" in program.log
    assert double.violations == []


async def test_without_the_intent_it_goes_on_with_what_is_left() -> None:
    async with Discord() as double:
        double.gateway.refused_intents = MESSAGE_CONTENT
        async with running(double) as program:
            await serve_without_contents(double, program)


async def test_a_new_server_is_greeted_and_set_up() -> None:
    async with Discord() as double, running(double) as program:
        # Before that the library takes every server for one that it was in already.
        await program.says("connected to Discord")
        school = double.guild("School", "general", "tutor", locale="ko")
        general, home = school.channel("general"), school.channel("tutor")
        ada = double.person("ada", school)
        boss = school.owner
        assert isinstance(boss, Person)
        hello = await ada.sees("/tutor setup", general)
        double.servers.forbid(home, double.world.bot, Permission.CREATE_PRIVATE_THREADS)
        done = await boss.slash(general, "tutor setup", channel=home, code="threads")
        told = await boss.reads(done)
        assert told.private
        assert "Create Private Threads" in told.text
        double.servers.forbid(home, double.world.bot, Permission(0))
        await ada.presses(hello, hello.buttons[0])
        thread = await ada.sees_thread(home)
        await ada.sees(lambda one: "Run" in one.buttons, thread)
        posted = await ada.posts(general, f"<@{double.world.bot.id}> ```\n1\n```")
        await ada.sees("runs only in your own thread", thread, after=posted)
        assert double.violations == []
