"""The same by runc alone, with Docker's flags and seccomp profile translated: for where no daemon starts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor
from sandbox.wire import Cell, SessionSpec, Stream
from tests.container.bundle import Unknown, config, seccomp
from tests.container.engine import Engine, NoDocker, runc
from tests.container.test_under_docker import (  # run here too, with the `docker` below
    executor,  # noqa: F401
    served,  # noqa: F401
    test_a_training_loop_learns_and_is_watched,  # noqa: F401
    test_the_container_has_no_more_rights_than_we_ask_for,  # noqa: F401
    test_the_doctor_finds_tier_a_and_says_what_is_limited,  # noqa: F401
)

pytestmark = pytest.mark.jail

_ATTACKS = Path(__file__).parents[1] / "sandbox" / "attacks"
_FEW = ("fill_disk_quickly", "fill_disk_unseen", "network", "system_calls", "template_memory")
_ANY_RULE = {"names": ["read"], "action": "SCMP_ACT_ALLOW"}


@pytest.fixture(scope="module")
def docker() -> Iterator[Engine]:
    try:
        with runc() as ready:
            yield ready
    except NoDocker as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", _FEW)
async def test_a_few_attacks_end_as_their_headers_say(
    name: str,
    executor: LocalExecutor,  # noqa: F811
) -> None:
    async def quiet(_stream: Stream, _text: str) -> None:
        pass

    code = (_ATTACKS / f"{name}.py").read_text(encoding="utf-8")
    expected = dict(re.findall(r"(\w+)=(\S+)", code.splitlines()[0]))
    ref = await executor.open("attacker", SessionSpec(), 60)
    result = await executor.run(ref, Cell(code), quiet)
    await executor.close(ref)
    assert result.status == expected["status"], result
    assert "BREACH" not in str(result.output)


@pytest.mark.parametrize(
    ("conditions", "applies"),
    [
        ({}, True),
        ({"includes": {"caps": ["CAP_KILL"]}}, True),
        ({"includes": {"caps": ["CAP_SYS_ADMIN"]}}, False),
        ({"excludes": {"caps": ["CAP_SYS_ADMIN"]}}, True),
        ({"excludes": {"caps": ["CAP_KILL"]}}, False),
        ({"includes": {"arches": ["s390x"]}}, False),
        ({"excludes": {"arches": ["s390x"]}}, True),
        ({"includes": {"minKernel": "4.8"}}, True),
        ({"includes": {"minKernel": "1000.0"}}, False),
    ],
)
def test_a_rule_of_the_profile_applies_under_its_conditions(
    conditions: dict[str, object], applies: bool
) -> None:
    maps = [
        {"architecture": f"SCMP_ARCH_{name}", "subArchitectures": []}
        for name in ("X86_64", "AARCH64")
    ]
    profile = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 1,
        "archMap": maps,
        "syscalls": [{**_ANY_RULE, **conditions}],
    }
    kept = seccomp(profile, frozenset({"CAP_KILL"}))["syscalls"]
    assert kept == ([_ANY_RULE] if applies else [])


def test_a_flag_that_nobody_translated_is_refused(tmp_path: Path) -> None:
    flags = ("--network", "none", "--cap-drop", "ALL", "--privileged")
    with pytest.raises(Unknown):
        config(["true"], flags, tmp_path / "profile", tmp_path)
