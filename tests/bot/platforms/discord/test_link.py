"""What is known of the connection to Discord by those who watch it."""

import aiohttp
from aiohttp import web

from bot.platforms.discord.link import Link
from bot.platforms.discord.throttle import Throttle


def test_it_is_up_while_every_shard_is() -> None:
    link = Link()
    assert not link.is_up
    link.connected(0)
    assert link.is_up
    link.connected(1)
    link.lost(0)
    assert not link.is_up
    link.connected(0)
    assert link.is_up


def test_a_connection_that_was_given_up_leaves_no_shards_behind() -> None:
    link = Link()
    link.lost(3)
    link.closed()
    assert not link.is_up
    link.connected(0)
    assert link.is_up


async def test_every_answer_counts_and_so_does_none() -> None:
    async def failing(_: web.Request) -> web.Response:
        return web.Response(status=503)

    application = web.Application()
    application.router.add_get("/api/v10/x", failing)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    answers: list[int] = []
    trace = Link(answered=answers.append).listen(Throttle().trace())
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        await http.get(f"http://127.0.0.1:{port}/api/v10/x")
        await http.get(f"http://127.0.0.1:{port}/api/v10/y")
        await runner.cleanup()
        try:
            await http.get(f"http://127.0.0.1:{port}/api/v10/x")
        except aiohttp.ClientError:
            answers.append(-1)
    assert answers == [503, 404, 0, -1]
