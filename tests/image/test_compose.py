"""compose.yaml, up on a host without a GPU: its walls, a lesson through them, and what becomes of accidents."""

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from tests.container.attacking import Inside
from tests.container.test_under_docker import (
    test_a_training_loop_learns_and_is_watched,  # noqa: F401
    test_an_attack_ends_as_its_header_says_and_harms_nobody,  # noqa: F401
    test_an_interrupt_keeps_the_session,  # noqa: F401
    test_data_loader_workers_share_their_batches,  # noqa: F401
)
from tests.e2e.program import END, Program
from tests.e2e.test_lesson_1 import key_lines
from tests.image.deployment import TOKEN, Deployment, until

pytestmark = pytest.mark.timeout(3600)

_SCRIPT = Path(__file__).parents[1] / "e2e" / "lesson_1.en.txt"
_FOUR_CAPABILITIES = sum(1 << number for number in (0, 5, 6, 7))
_SOCKET = "/run/tensor-tutor/socket"
_HEALTH = ("python", "-m", "sandbox", "health", "--json", "--socket", _SOCKET)


class Console(Program):
    """`tensor-tutor console` in the bot's container, as `docker compose exec bot` starts it."""

    def __init__(self, deployed: Deployment, learner: str) -> None:
        self._process = subprocess.Popen(
            [
                *("docker", "exec", "--interactive", deployed.container("bot")),
                *("tensor-tutor", "console", "--learner", learner, "--locale", "en"),
            ],
            env=deployed.docker.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.pid = self._process.pid
        self.greeting = self.answer()


@pytest.fixture(scope="module")
def attacked(deployed: Deployment) -> Inside:
    return Inside(deployed.main_pid("sandbox"), deployed.socket(), deployed.watched)


@pytest.fixture
async def executor(deployed: Deployment) -> AsyncIterator[LocalExecutor]:
    async with connect(deployed.socket()) as connected:
        yield connected


Open = Callable[[str], Console]


@pytest.fixture
def opened(deployed: Deployment) -> Iterator[Open]:
    started: list[Console] = []

    def begin(learner: str) -> Console:
        started.append(Console(deployed, learner))
        return started[-1]

    yield begin
    for one in started:
        one.close()


@pytest.fixture
def console(opened: Open, request: pytest.FixtureRequest) -> Console:
    return opened(request.node.name[-60:])


# The walls --------------------------------------------------------------------------------------


def test_the_doctor_inside_says_tier_a(deployed: Deployment) -> None:
    done = deployed.inside("sandbox", "python", "-m", "sandbox", "doctor", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["serves"], found["tier"]) == (0, True, "A"), found
    assert set(found["writable"]) == {"its own folder", "/dev/shm"}


def test_the_sandbox_has_four_capabilities_and_no_way_to_more(deployed: Deployment) -> None:
    host = deployed.inspect("sandbox")["HostConfig"]
    assert (host["Privileged"], host["ReadonlyRootfs"], host["NetworkMode"]) == (
        False,
        True,
        "none",
    )
    assert [option for option in host["SecurityOpt"] if "unconfined" in option] == []
    assert (host["PidsLimit"], host["MemorySwap"] == host["Memory"] > 0) == (2048, True)
    _has_rights(deployed, "sandbox", _FOUR_CAPABILITIES)


def test_the_bot_has_no_rights_at_all(deployed: Deployment) -> None:
    host = deployed.inspect("bot")["HostConfig"]
    assert (host["Privileged"], host["ReadonlyRootfs"]) == (False, True)
    assert host["MemorySwap"] == host["Memory"] > 0
    _has_rights(deployed, "bot", 0)


def _has_rights(deployed: Deployment, service: str, capabilities: int) -> None:
    status = Path(f"/proc/{deployed.main_pid(service)}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert [int(fields[f"Cap{kind}"], 16) for kind in ("Prm", "Eff", "Bnd")] == [capabilities] * 3
    assert (fields["NoNewPrivs"].strip(), fields["Seccomp"].strip()) == ("1", "2")


def test_the_sandbox_holds_no_token_and_reaches_no_network(deployed: Deployment) -> None:
    for process in deployed.docker.said("top", deployed.container("sandbox"), "-eo", "pid").split():
        if process.isdecimal():
            assert TOKEN.encode() not in Path(f"/proc/{process}/environ").read_bytes()
    assert TOKEN not in json.dumps(deployed.inspect("sandbox"))
    devices = deployed.inside("sandbox", "ls", "/sys/class/net").stdout.split()
    assert devices == ["lo"]
    out = "import socket; socket.create_connection(('192.0.2.1', 53), 5)"
    assert "unreachable" in deployed.inside("sandbox", "python", "-c", out).stderr


def test_the_bot_holds_the_token_and_has_a_network(deployed: Deployment) -> None:
    assert f"DISCORD_TOKEN={TOKEN}" in deployed.inspect("bot")["Config"]["Env"]
    devices = deployed.inside("bot", "ls", "/sys/class/net").stdout.split()
    assert len(devices) > 1
    assert TOKEN not in deployed.words("bot")


def test_nobody_but_the_bot_and_root_gets_to_the_socket(deployed: Deployment) -> None:
    path = deployed.socket()
    for what, mode in ((path, 0o660), (path.parent, 0o750)):
        status = what.stat()
        assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (mode, 0, 10001)
    assert deployed.inside("bot", *_HEALTH).returncode == 0
    refused = deployed.inside("bot", *_HEALTH, user="58000:58000")
    assert (refused.returncode, "Permission denied" in refused.stdout) == (3, True)
    written = deployed.inside("bot", "touch", "/run/tensor-tutor/mine")
    assert "Read-only" in written.stderr


def test_logs_rotate_and_both_are_started_again(deployed: Deployment) -> None:
    for service in ("bot", "sandbox"):
        host = deployed.inspect(service)["HostConfig"]
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "5"}
        assert host["RestartPolicy"]["Name"] == "unless-stopped"


def test_lessons_of_ones_own_can_be_read_and_not_written(deployed: Deployment) -> None:
    (mount,) = [m for m in deployed.inspect("bot")["Mounts"] if m["Destination"] == "/lessons"]
    assert mount["RW"] is False
    (mount,) = [m for m in deployed.inspect("bot")["Mounts"] if "config.yaml" in m["Destination"]]
    assert mount["RW"] is False


# A lesson, and accidents ------------------------------------------------------------------------


def test_a_lesson_goes_to_its_end_across_the_two_containers(deployed: Deployment) -> None:
    done = deployed.inside(
        *("bot", "tensor-tutor", "console", "--learner", "ada", "--locale", "en"),
        stdin=_SCRIPT.read_bytes(),
    )
    assert (done.returncode, done.stderr) == (0, "")
    for line in key_lines("en"):
        assert line in done.stdout


def test_both_are_healthy(deployed: Deployment) -> None:
    for service in ("sandbox", "bot"):
        until(lambda service=service: deployed.is_healthy(service), f"{service} is not healthy")  # type: ignore[misc]


def test_a_restart_of_the_sandbox_loses_variables_and_says_so(
    deployed: Deployment, console: Console
) -> None:
    assert "  │ 41" in console.say("```\nx = 41\nx\n```")
    deployed.compose("restart", "sandbox")
    deployed.ready()
    _finds_it_gone_and_goes_on(console)


def test_a_sandbox_killed_with_9_comes_back_and_the_bot_finds_it(
    deployed: Deployment, console: Console
) -> None:
    assert "  │ 41" in console.say("```\nx = 41\nx\n```")
    deployed.kill("sandbox")
    deployed.ready()
    _finds_it_gone_and_goes_on(console)


def test_a_guard_killed_with_9_ends_the_container_which_comes_back(
    deployed: Deployment, console: Console
) -> None:
    assert "  │ 41" in console.say("```\nx = 41\nx\n```")
    before = deployed.inspect("sandbox")["State"]["StartedAt"]
    os.kill(deployed.program_pid("sandbox", "python -m sandbox serve"), signal.SIGKILL)
    until(lambda: deployed.inspect("sandbox")["State"]["StartedAt"] != before, "not restarted")
    deployed.ready()
    _finds_it_gone_and_goes_on(console)


def _finds_it_gone_and_goes_on(console: Console) -> None:
    assert "Its variables are gone." in console.say("```\nx + 1\n```")
    assert "  │ 42" in console.say("Bring the variables back (run 1 block again), then run this")
    assert console.leave() == 0


def test_without_its_socket_the_bot_teaches_on_and_says_that_code_must_wait(
    deployed: Deployment, console: Console
) -> None:
    deployed.compose("stop", "sandbox")
    until(lambda: not deployed.is_healthy("bot"), "the bot counts as healthy without a sandbox")
    told = console.say("```\n1 + 1\n```")
    assert "  │ 2" not in told
    assert END not in told
    assert "Section" in console.say("Next")
    deployed.compose("start", "sandbox")
    deployed.ready()
    assert "  │ 2" in console.say("```\n1 + 1\n```")
    assert console.leave() == 0
    until(lambda: deployed.is_healthy("bot"), "the bot is not healthy again")


def test_a_bot_killed_with_9_comes_back_with_all_that_was_learned(
    deployed: Deployment, opened: Open
) -> None:
    assert "Section 2 of" in opened("grace").say("Next")
    deployed.kill("bot")
    deployed.ready()
    after = opened("grace")
    assert "Section 2 of" in after.greeting
    assert after.leave() == 0


def test_a_stopped_bot_ends_well_and_at_once(deployed: Deployment) -> None:
    began = time.monotonic()
    deployed.compose("stop", "bot")
    assert time.monotonic() - began < 20
    assert deployed.inspect("bot")["State"]["ExitCode"] == 0
    deployed.compose("start", "bot")
    deployed.ready()


def test_a_token_that_will_not_do_is_tried_once(deployed: Deployment) -> None:
    deployed.compose("up", "-d", "--no-build", "bot", DISCORD_TOKEN="no token")
    try:
        until(lambda: "Waiting." in deployed.words("bot"), "it does not say that it waits")
        until(
            lambda: deployed.inspect("bot")["State"]["Health"]["Status"] == "unhealthy",
            "a bot that waits counts as healthy",
        )
        about = deployed.inspect("bot")
        assert (about["RestartCount"], about["State"]["Running"]) == (0, True)
        assert deployed.words("bot").count("DISCORD_TOKEN holds something that is no token") == 1
        began = time.monotonic()
        deployed.compose("stop", "bot")
        assert time.monotonic() - began < 10
    finally:
        deployed.compose("up", "-d", "--no-build", "bot")
    deployed.ready()


def test_it_serves_within_two_minutes(deployed: Deployment, tell: Callable[[str], None]) -> None:
    took = deployed.seconds
    tell(f"build {took['build']:.0f} s, first start until code runs {took['first start']:.1f} s")
    assert took["first start"] < 120
