import io
import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from bot.locales import Words
from bot.platforms.console.app import Console
from bot.platforms.console.conversation import Conversation
from bot.platforms.console.lines import LineSource
from bot.platforms.console.screen import Screen
from bot.tutor.event import Actor
from tests.bot.platforms.console.piped import ENGLISH, Piped, ScriptedTutor


@pytest.fixture
def tutor() -> ScriptedTutor:
    return ScriptedTutor()


@pytest.fixture
def new_id() -> Callable[[], str]:
    ids = itertools.count(1)
    return lambda: f"id{next(ids)}"


@pytest.fixture
def conversation(tutor: ScriptedTutor, new_id: Callable[[], str]) -> Conversation:
    async def language() -> Words:
        return ENGLISH

    return Conversation(tutor, Actor("console", "ada", "Ada"), language, ENGLISH, new_id)


@pytest.fixture
def piped(
    tutor: ScriptedTutor, conversation: Conversation, new_id: Callable[[], str]
) -> Iterator[Piped]:
    read_end, write_end = os.pipe()
    out = io.StringIO()
    console = Console(conversation, Screen(out, lambda: None, colour=False), new_id)
    made = Piped(tutor, console, out, LineSource(read_end), write_end)
    yield made
    made.end()
    os.close(read_end)
