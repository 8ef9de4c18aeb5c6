"""Serves the program's figures and its health over HTTP, to whoever watches it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.operations.figures import CONTENT_TYPE, Figures
from bot.operations.readiness import Readiness
from bot.tutor.host import Host

log = logging.getLogger(__name__)


@asynccontextmanager
async def watching(
    host: str, port: int, figures: Figures, readiness: Readiness, state: Host
) -> AsyncIterator[int]:
    """Serve until the block ends; yields the port, or 0 where it cannot be had: teaching goes on."""
    runner = web.AppRunner(
        _application(figures, readiness, state), access_log=None, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        yield await _listen(runner, host, port)
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        log.error("nobody can watch at %s:%d: %s", host, port, error.strerror)  # noqa: TRY400
        return 0
    found: int = runner.addresses[0][1]
    log.info("figures and health are at http://%s:%d", host, found)
    return found


def _application(figures: Figures, readiness: Readiness, state: Host) -> web.Application:
    async def metrics(_: web.Request) -> web.Response:
        host, ready = await asyncio.gather(state.state(), readiness.now())
        body = figures.text(host, ready)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})  # that it answers is what it tells

    async def readyz(_: web.Request) -> web.Response:
        parts = await readiness.now()
        well = all(parts.values())
        return web.json_response({"ready": well, **parts}, status=200 if well else 503)

    application = web.Application()
    for path, handler in (("/metrics", metrics), ("/healthz", healthz), ("/readyz", readyz)):
        application.router.add_get(path, handler)
    return application
