"""The loopback Discord, spoken to by unmodified discord.py."""

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest

from tests.bot.platforms.discord.echo_bot import EchoBot, echoing
from tests.doubles.discord.double import Discord, Payload
from tests.doubles.discord.permissions import Permission

PATCH = "PATCH /channels/{channel_id}/messages/{message_id}"
POST = "POST /channels/{channel_id}/messages"


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as found:
        yield found


@pytest.fixture
async def bot(double: Discord, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EchoBot]:
    double.guild("School", "general", "staff")
    async with echoing(double, monkeypatch) as found:
        yield found


async def test_messages_are_heard_answered_edited_and_deleted(
    double: Discord, bot: EchoBot
) -> None:
    (school,) = double.world.guilds.values()
    general = school.channel("general")
    ada = double.person("ada", school)
    posted = await ada.posts(general, "!hello")
    seen = await ada.sees("hello", general)
    assert seen.message.reference is posted.message
    await ada.edits(posted, "!bye")
    await ada.deletes(posted)
    await ada.reacts(seen, "👍")
    await ada.unreacts(seen, "👍")
    await ada.posts(ada.dm, "!in private")
    await ada.sees("in private", ada.dm)
    assert bot.events == [
        "edit !bye",
        f"delete {posted.message.id}",
        "react 👍",
        "unreact 👍",
    ]
    assert double.violations == []
    assert double.invalid == []


async def test_a_command_leads_to_a_reply_with_picture_and_buttons(
    double: Discord, bot: EchoBot
) -> None:
    (school,) = double.world.guilds.values()
    general = school.channel("general")
    ada, bob = double.person("ada", school), double.person("bob", school)
    assert await ada.completes(general, "echo", "text", "hi") == {"hi!": "HI"}
    seen = await ada.reads(await ada.slash(general, "echo", text="hi"))
    assert "hi" in seen.text
    assert [one.alt for one in seen.pictures] == ["a picture"]
    assert seen.buttons == ["Update", "Whisper", "Form"]
    whisper = await ada.reads(await ada.presses(seen, "Whisper"))
    assert whisper.private
    assert whisper.text == "only for you"
    await ada.sees("and more", general)
    assert all(not one.private for one in bob.timeline(general))
    chosen = await ada.reads(await ada.chooses(seen, "One", "Two"))
    assert chosen.text == "One+Two"
    form = await (await ada.presses(seen, "Form")).shows_form()
    assert (form.title, form.field("Code").value) == ("Your code", "x = 1")
    assert (await ada.reads(await ada.submits(form, Code="y = 2"))).text == "got y = 2"
    await bob.presses(seen, "Update")
    assert seen.content == "updated"
    assert (await ada.reads(await ada.uses_menu(seen, "Repeat"))).text == "updated"
    assert double.violations == []


async def test_a_private_thread_is_seen_by_those_in_it(double: Discord, bot: EchoBot) -> None:
    (school,) = double.world.guilds.values()
    general = school.channel("general")
    ada, bob = double.person("ada", school), double.person("bob", school)
    await ada.slash(general, "thread")
    thread = await ada.sees_thread(general)
    seen = await ada.sees("welcome", thread)
    assert seen.reactions == {"👋": 1}
    assert bob.threads(general) == []
    await ada.posts(thread, "!mine")
    await ada.sees("mine", thread)
    assert double.violations == []


async def test_what_is_not_acknowledged_in_time_is_a_violation(
    double: Discord, bot: EchoBot
) -> None:
    (school,) = double.world.guilds.values()
    ada = double.person("ada", school)
    ada.starts_slash(school.channel("general"), "sleep")
    await asyncio.sleep(3.1)
    assert len(double.violations) == 1
    assert "was not acknowledged" in double.violations[0]


async def test_a_dropped_connection_is_resumed_without_a_gap(double: Discord, bot: EchoBot) -> None:
    (school,) = double.world.guilds.values()
    ada = double.person("ada", school)
    general = school.channel("general")
    await double.gateway.drop()
    await ada.posts(general, "!while away")
    await ada.sees("while away", general)
    assert (double.gateway.identified, double.gateway.resumed) == (1, 1)
    await double.gateway.invalidate()
    await double.connected()
    assert double.gateway.identified == 2
    await ada.posts(general, "!again")
    await ada.sees("again", general)
    assert bot.heard == ["!while away", "!again"]


async def test_limits_are_kept_and_faults_survived(double: Discord, bot: EchoBot) -> None:
    (school,) = double.world.guilds.values()
    ada = double.person("ada", school)
    general = school.channel("general")
    double.rest.limits.set(POST, 2, 0.3)
    double.rest.fail(POST, 502)
    for n in range(4):
        await ada.posts(general, f"!number {n}")
    for n in range(4):
        await ada.sees(f"number {n}", general)
    statuses = sorted(one.status for one in double.rest.sent(POST))
    assert statuses.count(200) == 4
    assert 502 in statuses


async def test_permissions_and_closed_doors_are_refused(double: Discord, bot: EchoBot) -> None:
    (school,) = double.world.guilds.values()
    ada = double.person("ada", school)
    general, staff = school.channel("general"), school.channel("staff")
    double.servers.forbid(general, double.world.bot, Permission.SEND_MESSAGES)
    double.servers.forbid(staff, double.world.bot, Permission.VIEW_CHANNEL)
    ada.closed = True
    channel = bot.get_partial_messageable(general.id)
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("x")
    assert refused.value.code == 50013
    with pytest.raises(discord.Forbidden) as refused:
        await bot.get_partial_messageable(staff.id).send("x")
    assert refused.value.code == 50001
    with pytest.raises(discord.Forbidden) as refused:
        await bot.get_partial_messageable(ada.dm.id).send("x")
    assert refused.value.code == 50007
    assert len(double.invalid) == 3


async def test_an_expired_token_is_no_good(double: Discord, bot: EchoBot) -> None:
    (school,) = double.world.guilds.values()
    ada = double.person("ada", school)
    asked = await ada.slash(school.channel("general"), "echo", text="hi")
    await ada.reads(asked)
    asked.expire()
    webhook = discord.Webhook.partial(
        double.world.application_id,
        asked.token,
        session=bot.http._HTTPClient__session,  # type: ignore[attr-defined]
    )
    with pytest.raises(discord.HTTPException) as refused:
        await webhook.send("late")
    assert refused.value.code == 50027


BROKEN: dict[str, Payload] = {
    "content": {"content": "x" * 2001},
    "6001 characters": {
        "embeds": [{"title": "t", "description": "x" * 3000}, {"description": "x" * 3000}]
    },
    "would ping": {"content": "<@1>", "allowed_mentions": {"parse": ["users"]}},
    "is not attached": {"embeds": [{"image": {"url": "attachment://b.png"}}]},
    "twice": {
        "components": [
            {
                "type": 1,
                "components": [
                    {"type": 2, "style": 1, "label": "a", "custom_id": "c"},
                    {"type": 2, "style": 1, "label": "b", "custom_id": "c"},
                ],
            }
        ]
    },
}


@pytest.mark.parametrize("rule", BROKEN)
async def test_what_breaks_a_rule_is_refused_and_remembered(
    double: Discord, bot: EchoBot, rule: str
) -> None:
    (school,) = double.world.guilds.values()
    route = discord.http.Route(
        "POST", "/channels/{channel_id}/messages", channel_id=school.channel("general").id
    )
    body: Payload = {"allowed_mentions": {"parse": []}} | BROKEN[rule]
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(route, json=body)
    assert refused.value.status == 400
    assert [rule in one for one in double.violations] == [True]


async def test_without_the_intent_only_what_is_for_the_bot_is_read(
    double: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = double.guild("School")
    general = school.channel("general")
    ada = double.person("ada", school)
    async with echoing(double, monkeypatch) as bot:
        for session in double.gateway.sessions.values():
            session.intents &= ~(1 << 15)
        await ada.posts(general, "secret")
        await ada.posts(general, f"<@{double.world.bot.id}> hello")
        await ada.posts(ada.dm, "hi")
        await asyncio.sleep(0.1)
        assert bot.heard == ["", f"<@{double.world.bot.id}> hello", "hi"]


async def test_refused_intents_close_the_connection(
    double: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    double.gateway.refused_intents = 1 << 15
    monkeypatch.setattr("discord.http.Route.BASE", double.environ["DISCORD_API_BASE"])
    intents = discord.Intents(guilds=True, message_content=True)
    async with EchoBot(intents, None) as bot:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await bot.start(double.environ["DISCORD_TOKEN"])


async def test_two_shards_each_hear_their_own_servers(
    double: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = double.guild("One"), double.guild("Two")
    ada = double.person("ada", one, two)
    double.application.shards = 2
    async with echoing(double, monkeypatch, None) as bot:
        assert [guild.shard_id for guild in sorted(bot.guilds, key=lambda each: each.name)] == [
            0,
            1,
        ]
        for guild in (one, two):
            await ada.posts(guild.channel("general"), "!hello")
            await ada.sees("hello", guild.channel("general"))
    assert double.violations == []


async def test_a_new_server_and_a_server_without_the_bot(double: Discord, bot: EchoBot) -> None:
    double.guild("Second")
    away = double.guild("Away", bot=False)
    ada = double.person("ada", away)
    ada.installed = True
    command = double.application.commands[0]
    with pytest.raises(AssertionError, match="is not offered"):
        await ada.slash(away.channel("general"), command["name"], text="hi")
    command["integration_types"] = [0, 1]
    seen = await ada.reads(await ada.slash(away.channel("general"), "echo", text="hi"))
    assert "hi" in seen.text
    assert bot.events == ["join Second"]
    assert double.violations == []


async def test_an_answer_that_is_lost_doubles_what_carries_no_nonce(
    double: Discord, bot: EchoBot
) -> None:
    (school,) = double.world.guilds.values()
    general = school.channel("general")
    ada = double.person("ada", school)
    double.rest.fail(POST, 502, done_first=True)
    await bot.get_partial_messageable(general.id).send("once")  # with a nonce of the library's own
    assert [one.text for one in ada.timeline(general)] == ["once"]
    double.rest.fail(POST, 502, done_first=True)
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=general.id)
    await bot.http.request(route, json={"content": "twice"})
    assert [one.text for one in ada.timeline(general)] == ["once", "twice", "twice"]


async def test_a_second_acknowledgement_is_a_violation(double: Discord, bot: EchoBot) -> None:
    (school,) = double.world.guilds.values()
    ada = double.person("ada", school)
    asked = await ada.slash(school.channel("general"), "echo", text="hi")
    route = discord.http.Route(
        "POST",
        "/interactions/{webhook_id}/{webhook_token}/callback",
        webhook_id=asked.id,
        webhook_token=asked.token,
    )
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(route, json={"type": 4, "data": {"content": "again"}})
    assert refused.value.code == 40060
    assert double.violations == [f"{asked} was acknowledged twice"]


async def test_what_is_not_for_the_bot_is_not_told(double: Discord, bot: EchoBot) -> None:
    (school,) = double.world.guilds.values()
    away = double.guild("Away", bot=False)
    ada = double.person("ada", school, away)
    double.servers.forbid(school.channel("staff"), double.world.bot, Permission.VIEW_CHANNEL)
    await ada.posts(away.channel("general"), "elsewhere")
    await ada.posts(school.channel("staff"), "behind the door")
    await ada.posts(school.channel("general"), "!here")
    await ada.sees("here", school.channel("general"))
    assert bot.heard == ["!here"]
