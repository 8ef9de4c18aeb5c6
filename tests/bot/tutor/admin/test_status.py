from dataclasses import replace
from datetime import timedelta

from bot.tutor.event import Place
from bot.tutor.host import HostState, SandboxState, SoFar
from bot.tutor.reply import Ref
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.member import DM, ONE, TWO, Member, StoppedClock

SANDBOX = SandboxState(
    tier="A",
    sessions=7,
    most_sessions=200,
    spares=4,
    memory_bytes=16_000_000_000,
    memory_free=4_200_000_000,
    gpu_slots=2,
    gpu_free=0,
    gpu_waiting=3,
)


class Machine:
    """A host as it is said to be."""

    def __init__(self, state: HostState) -> None:
        self._state = state

    async def state(self) -> HostState:
        return self._state


def operator(services: Services, clock: StoppedClock, place: Place = DM, **state: object) -> Member:
    started = clock.time - timedelta(hours=5)
    host = HostState(started=started, running=2, waiting=9, database_bytes=1_340_000)
    machine = Machine(replace(host, **state))  # type: ignore[arg-type]
    operators = frozenset({"discord:olga"})
    tutor = Tutor(replace(services, clock=clock, host=machine, operators=operators))
    return Member(tutor, "olga", place)


async def test_operators_see_the_host(services: Services, clock: StoppedClock) -> None:
    so_far = SoFar(first_reply=0.0123, chat_failures=2)
    member = operator(services, clock, sandbox=SANDBOX, so_far=so_far)
    text = await member.tutors("status")
    for line in (
        "Lessons: 3",
        "Running, waiting: 2, 9",
        "Database: 1.3 MB",
        "Up for: 5 h",
        "Walls: tier A",
        "Sessions: 7 of 200",
        "Memory left: 4.2 of 16.0 GB",
        "Usual time to a reply: 12 ms",
        "Failures of the chat: 2",
        "GPU slots free: 0 of 2",
        "Waiting for a GPU: 3",
    ):
        assert line in text.splitlines()
    assert "This server" not in text


async def test_without_a_sandbox_it_says_why(services: Services, clock: StoppedClock) -> None:
    text = await operator(services, clock, trouble="nobody listens at s.sock").tutors("status")
    assert "no sandbox within reach: nobody listens at s.sock" in text


async def test_managers_see_their_server_alone(ada: Member, grace: Member, alan: Member) -> None:
    await ada.posts("x = 1")
    lesson = ada.tutor._services.curriculum.lesson("tensors-101")
    assert lesson is not None
    await ada.sends(Ref("answer", (lesson.id, str(lesson.rev), "default-dtype", "float32")))
    await grace.tutors("post-quiz", question="tensors-101/default-dtype")
    text = await grace.tutors("status")
    assert "The tutor" not in text.splitlines()
    assert text.splitlines()[:6] == [
        "This server",
        "Learners: 1",
        "Answers: 1",
        "Submissions: 0",
        "Runs: 1",
        "Open questions: 1",
    ]
    assert "Learners: 0\nAnswers: 0\nSubmissions: 0\nRuns: 0\nOpen questions: 0" in (
        await alan.tutors("status")
    )


async def test_an_operator_in_a_server_sees_both(
    services: Services, clock: StoppedClock, ada: Member
) -> None:
    await ada.posts("x = 1")
    ada.acts_in(TWO)
    await ada.posts("x = 1")
    text = await operator(services, clock, ONE, sandbox=SANDBOX).tutors("status")
    host, _, server = text.partition("This server")
    assert "Runs: 2" in host
    assert "Runs: 1" in server
