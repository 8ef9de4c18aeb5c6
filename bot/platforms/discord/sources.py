"""Finds the code of messages and of the files with them; a file is fetched only where that is safe."""

import asyncio
import logging
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
import discord
from yarl import URL

from bot.platforms.discord import attached, incoming
from bot.platforms.discord.attached import MOST_BYTES, Refusal
from bot.platforms.discord.seen import State
from bot.tutor.clean import quoted
from bot.tutor.ports import Wording

HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
PATIENCE = 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The cells of a message or file, its words, and what is to be said of what is not run."""

    cells: tuple[str, ...] = ()
    said: str = ""
    problems: tuple[str, ...] = ()


def state_of(message: discord.Message) -> State:
    """Return the state that a message is in."""
    files = [str(file.id) for file in message.attachments]
    return State(incoming.fingerprint(message.content, files), message.author.id)


class Sources:
    """Reads messages; `any_host` fetches files from wherever they are said to be."""

    def __init__(self, *, any_host: bool = False) -> None:
        self._any_host = any_host

    async def in_message(
        self, message: discord.Message, say: Wording, text: str | None = None
    ) -> Found:
        """Return the code of a message and of its files; `text` is what counts as its text."""
        found = incoming.read_message(message.content if text is None else text)
        cells = found.cells
        problems: list[str] = []
        files = message.attachments
        wanted, refused = attached.choose([(file.filename, file.size) for file in files])
        for file in (files[index] for index in wanted):
            inner = await self.in_file(file, say)
            cells += inner.cells
            problems += inner.problems
        problems += [attached.refusal_text(say, one) for one in refused]
        if found.foreign and not cells:
            problems.append(incoming.foreign_text(say, found.foreign))
        if files and not (cells or problems or found.said):
            problems.append(_no_code(files[0].filename, say))
        return Found(cells=cells, said=found.said, problems=tuple(problems))

    async def in_file(self, file: discord.Attachment, say: Wording) -> Found:
        """Return the code in a file."""
        if not attached.is_code(file.filename):
            return Found(problems=(_no_code(file.filename, say),))
        found = await self._read(file)
        if isinstance(found, Refusal):
            return Found(problems=(attached.refusal_text(say, found),))
        if found.foreign and not found.cells:
            return Found(problems=(incoming.foreign_text(say, found.foreign),))
        return Found(cells=found.cells)

    async def _read(self, file: discord.Attachment) -> incoming.Found | Refusal:
        name = file.filename
        if file.size > MOST_BYTES:
            return Refusal("too_large", name, file.size)
        if not self._is_safe(file.url):
            return Refusal("unreachable", name)
        try:
            data = await _fetched(file.url)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            log.info("an attached file could not be fetched: %s", type(error).__name__)
            return Refusal("unreachable", name)
        return attached.read_file(name, data)

    def _is_safe(self, address: str) -> bool:
        try:
            url = URL(address)
        except ValueError:
            return False
        return self._any_host or (url.scheme == "https" and url.host in HOSTS)


async def _fetched(address: str) -> bytes:
    """Return what is at `address`, or one byte more than we read: it may call itself smaller.

    Raises ValueError where that leads to another place.
    """
    data = bytearray()
    async with (
        asyncio.timeout(PATIENCE),
        aiohttp.ClientSession() as session,
        session.get(address, allow_redirects=False, raise_for_status=True) as answer,
    ):
        if answer.status != HTTPStatus.OK:
            raise ValueError("what is there is no file")
        async for chunk in answer.content.iter_chunked(65_536):
            data += chunk
            if len(data) > MOST_BYTES:
                break
    return bytes(data[: MOST_BYTES + 1])


def _no_code(name: str, say: Wording) -> str:
    return say(
        "I cannot run `{file}`. Code can come as a .py, .txt or .ipynb file, or between two lines "
        "of three backticks.",
        file=quoted(name, 60),
    )
