"""What is in the two images, and what is not."""

import json
from collections.abc import Callable

import pytest

from tests.image.deployment import TOKEN, Deployment

pytestmark = pytest.mark.timeout(3600)

_BOT, _SANDBOX = "tensor-tutor-bot", "tensor-tutor-sandbox"


def _tried(deployed: Deployment, image: str, code: str) -> str:
    """Run Python in a container of `image` alone; return the last line that it says."""
    done = deployed.docker.run("run", "--rm", "--network=none", image, "python", "-c", code)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize("name", ["torch", "matplotlib", "pip"])
def test_the_bots_image_cannot_import_what_runs_code(deployed: Deployment, name: str) -> None:
    said = _tried(deployed, _BOT, f"import {name}")
    assert said == f"ModuleNotFoundError: No module named '{name}'"


@pytest.mark.parametrize("name", ["bot", "lessons", "discord", "aiosqlite", "pip"])
def test_the_sandboxs_image_knows_no_chat_no_lesson_no_answer(
    deployed: Deployment, name: str
) -> None:
    found = "import importlib.util; print(importlib.util.find_spec({!r}))"
    assert _tried(deployed, _SANDBOX, found.format(name)) == "None"
    assert "lesson.yaml" not in deployed.docker.said(
        "run", "--rm", "--network=none", _SANDBOX, "find", "/", "-xdev", "-name", "lesson.yaml"
    )


def test_the_bots_image_runs_as_nobody_special(deployed: Deployment) -> None:
    assert _tried(deployed, _BOT, "import os; print(os.getuid(), os.getgid())") == "10001 10001"


@pytest.mark.parametrize("image", [_BOT, _SANDBOX])
def test_no_secret_and_no_setting_of_the_builder_is_in_an_image(
    deployed: Deployment, image: str
) -> None:
    about = deployed.docker.said("inspect", image)
    history = deployed.docker.said("history", "--no-trunc", image)
    for said in (about, history):
        assert TOKEN not in said
        assert "PIP_" not in said
    assert [one for one in json.loads(about)[0]["Config"]["Env"] if "TOKEN" in one] == []


@pytest.mark.parametrize("image", [_BOT, _SANDBOX])
def test_a_change_of_our_code_is_a_small_layer(
    deployed: Deployment, image: str, tell: Callable[[str], None]
) -> None:
    listed = deployed.docker.said("history", "--human=false", "--format", "{{.Size}}", image)
    sizes = [int(size) for size in listed.split()]
    ours = sizes[: next(n for n, size in enumerate(sizes) if size > 50_000_000)]
    assert 0 < sum(ours) < 10_000_000
    tell(f"{image}: {sum(sizes) / 1e6:.0f} MB, of which our code {sum(ours) / 1e6:.1f} MB")
