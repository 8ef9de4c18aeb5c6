"""Dockerfile, compose.yaml and what they use fit together; tests/image builds and runs them."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement

from bot.config import load_config
from sandbox.__main__ import _parser

ROOT = Path(__file__).parents[1]


class _Loader(yaml.SafeLoader):
    """Knows Compose's own tag, which takes away what an earlier file has."""


_Loader.add_constructor("!reset", lambda *_: "reset")


def _services(name: str) -> dict[str, Any]:
    loaded = yaml.load((ROOT / name).read_text("utf-8"), _Loader)
    services: dict[str, Any] = loaded["services"]
    return services


def _mounted(service: str) -> set[str]:
    volumes = _services("compose.yaml")[service]["volumes"]
    return {
        re.findall(r":(/[^:]+)", f":{one['target']}" if isinstance(one, dict) else one)[0]
        for one in volumes
    }


def test_the_containers_configuration_loads_and_names_what_is_mounted() -> None:
    config = load_config(ROOT / "docker" / "config.yaml", {})
    assert config.sandbox.socket is not None
    assert str(config.sandbox.socket.parent) in _mounted("bot") & _mounted("sandbox")
    assert str(config.database.parent) in _mounted("bot")


def test_whoever_watches_is_let_in_from_the_host_alone() -> None:
    config = load_config(ROOT / "docker" / "config.yaml", {})
    (published,) = _services("compose.yaml")["bot"]["ports"]
    assert re.fullmatch(rf"127\.0\.0\.1:\$\{{\w+:-\d+\}}:{config.watch.port}", published)
    assert "ports" not in _services("compose.yaml")["sandbox"]


def test_the_sandbox_is_started_with_flags_that_it_has_on_the_socket_that_the_bot_knows() -> None:
    config = load_config(ROOT / "docker" / "config.yaml", {})
    command = re.sub(r"\$\{.*?\}", "", _services("compose.yaml")["sandbox"]["command"])
    options = _parser().parse_args(command.split()[3:])
    assert (options.command, options.socket) == ("serve", str(config.sandbox.socket))
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert f"--gid {options.socket_group} tutor" in dockerfile
    assert f'"--socket-group", "{options.socket_group}"' in dockerfile


def test_the_sandbox_gets_the_gpu_and_without_one_nothing_else_changes() -> None:
    sandbox = _services("compose.yaml")["sandbox"]
    (device,) = sandbox["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert _services("compose.cpu.yaml") == {
        "sandbox": {"build": {"args": {"TORCH": "cpu"}}, "deploy": "reset"}
    }


def test_secrets_are_the_bots_alone_and_nothing_is_privileged() -> None:
    services = _services("compose.yaml")
    assert "environment" not in services["sandbox"]
    assert services["sandbox"]["network_mode"] == "none"
    assert services["sandbox"]["cap_add"] == ["SETUID", "SETGID", "KILL", "CHOWN"]
    for service in services.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["read_only"]
        assert "privileged" not in service
    assert "cap_add" not in services["bot"]


def test_the_sandboxs_image_gets_all_that_the_sandbox_imports() -> None:
    command = [sys.executable, "docker/requirements.py", "sandbox"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = {_plain(Requirement(line).name) for line in listed.stdout.split("\n") if line}
    makers = packages_distributions()
    imported = {name for path in (ROOT / "sandbox").rglob("*.py") for name in _imports(path)}
    foreign = {name: {_plain(one) for one in makers[name]} for name in imported if name in makers}
    assert {name for name, by in foreign.items() if not by & wanted} <= {"sandbox", "bot"}
    assert "torch" in foreign


def test_the_bots_image_gets_no_torch() -> None:
    command = [sys.executable, "docker/requirements.py", "bot"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "discord.py" in listed.stdout
    assert "torch" not in listed.stdout


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
