"""The whole first lesson on Discord: in a server's thread and in a DM in Korean, at the same time."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from bot.locales import load_catalogues
from tests.doubles.discord.seeing import Seen
from tests.doubles.discord.world import Guild
from tests.e2e.discord_learner import Learner
from tests.e2e.discord_program import Stage, stage
from tests.e2e.program import messages

HERE = Path(__file__).parent
CATALOGUES = load_catalogues()

pytestmark = [
    pytest.mark.jail,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at() -> AsyncIterator[Stage]:
    async with stage() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def school(at: Stage) -> AsyncIterator[Guild]:
    """A server; afterwards no rule may have been broken."""
    yield at.double.guild("School", "general")
    at.clean()


OUTPUTS = (
    "(2, 3) torch.float32 cpu",
    "torch.Size([4, 3, 32, 32]) True",
    "picked: tensor([2, 1])",
    "x is on",
    "True",
    "slopes:",
    "torch.Size([10, 1])",
    "",
    "",
    "torch.Size([50])",
)
"""What each piece of code of the script prints or shows, in order; nothing for those that are silent."""


def is_code(line: str, locale: str) -> bool:
    return "\n" in line or line == CATALOGUES.in_locale(locale)("Run")


def inspected(answer: Seen) -> bool:
    """Tell whether an answer has the inspector's embed with a picture that is also said in words."""
    images = [embed for embed in answer.embeds if embed.get("image")]
    return bool(images and answer.pictures) and all(one.alt for one in answer.pictures)


async def follow(learner: Learner, locale: str) -> None:
    """Take the lesson to its end, and look at the answer to everything that ran."""
    say = CATALOGUES.in_locale(locale)
    ran = say("It ran in {time}.", time="\0").partition("\0")[0]
    expected = iter(OUTPUTS)
    for line in messages(HERE / f"lesson_1.{locale}.txt"):
        if is_code(line, locale):
            await learner.does(line, ran, next(expected))
            (answer,) = [one for one in learner.seen if ran in one.text]
            if "def " not in line:  # a function makes no tensor to show
                await learner.shown(partial(inspected, answer), f"no picture: {line}")
        else:
            await learner.does(line)
    assert next(expected, None) is None


async def test_two_learners_take_the_lesson_at_the_same_time(at: Stage, school: Guild) -> None:
    general = school.channel("general")
    ada, sumin = at.double.person("ada", school), at.double.person("수민", locale="ko")
    sumin.installed = True
    await ada.slash(general, "learn")
    thread = await ada.sees_thread(general)
    await ada.sees("Why tensors matter", thread)
    await sumin.slash(sumin.dm, "배우기" if "배우기" in sumin.offered(sumin.dm) else "learn")
    await sumin.sees("텐서가 중요한 이유", sumin.dm)
    in_thread, in_dm = Learner(ada, thread), Learner(sumin, sumin.dm)
    await asyncio.gather(follow(in_thread, "en"), follow(in_dm, "ko"))
    assert CATALOGUES.in_locale("en")("Questions solved") in in_thread.text
    assert CATALOGUES.in_locale("ko")("Questions solved") in in_dm.text
    assert at.double.invalid == []
