"""Every setting that the example and the documents name is one, and what they say of it is so."""

import re
import typing
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from bot.config import Config, ConfigError, load_config
from bot.yaml_source import KeyPath, load_yaml, read_yaml
from tests.documents.reading import FENCE, QUOTED, ROOT, blocks, texts

EXAMPLE = ROOT / "config.example.yaml"
SETTINGS = [one for one in blocks("docs/deploying.md", "yaml") if "scrape_configs" not in one]
PATHS: list[KeyPath] = list(load_yaml(EXAMPLE).lines)


def dotted(path: KeyPath) -> str:
    return ".".join(map(str, path))


each_key = pytest.mark.parametrize("path", PATHS, ids=dotted)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(folder: Path, text: str) -> Config:
    (folder / "config.yaml").write_text(text, "utf-8")
    return load_config(None, {})


def example(path: KeyPath) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return all that the example says, within it what `path` is a key of, and that key."""
    whole: dict[str, Any] = load_yaml(EXAMPLE).data
    around: dict[str, Any] = reduce(lambda inner, name: inner[str(name)], path[:-1], whole)
    return whole, around, str(path[-1])


def value(config: Config, path: KeyPath) -> Any:
    return reduce(lambda section, name: getattr(section, str(name)), path, config)


# The example ------------------------------------------------------------------------------------


def test_the_example_is_read_key_by_key() -> None:
    assert ("sandbox", "limits", "gpu_slots") in PATHS
    assert len(PATHS) > 30


@each_key
def test_a_value_of_the_wrong_kind_is_told_with_file_line_and_key(
    folder: Path, path: KeyPath
) -> None:
    whole, around, key = example(path)
    around[key] = "wrong" if isinstance(around[key], dict) else {"wrong": 1}
    text = yaml.safe_dump(whole)
    with pytest.raises(ConfigError) as refused:
        loaded(folder, text)
    (problem,) = refused.value.problems
    line = read_yaml(text, "config.yaml").lines[path]
    assert problem.startswith(f"config.yaml:{line}: {dotted(path)}: ")
    assert "; write " in problem


@each_key
def test_a_key_that_is_left_out_has_what_the_example_says(folder: Path, path: KeyPath) -> None:
    whole, around, key = example(path)
    del around[key]
    without = loaded(folder, yaml.safe_dump(whole))
    assert value(without, path) == value(load_config(EXAMPLE, {}), path)
    assert without == load_config(EXAMPLE, {})


# The documents ----------------------------------------------------------------------------------


def test_the_guide_shows_settings() -> None:
    assert {key for text in SETTINGS for key in read_yaml(text, "guide").data} == {
        *("watch", "logs", "backup"),
    }


@pytest.mark.parametrize("text", SETTINGS)
def test_settings_in_blocks_arrive(folder: Path, text: str) -> None:
    config, document = loaded(folder, text), read_yaml(text, "guide")
    for path in document.lines:
        written = reduce(lambda inner, name: inner[name], path, document.data)
        if not isinstance(written, dict):
            assert value(config, path) in (written, Path(str(written))), path


def test_settings_in_sentences_arrive(folder: Path) -> None:
    found = [
        quoted
        for _, text in texts()
        for quoted in QUOTED.findall(FENCE.sub("", text))
        if quoted.partition(": ")[0] in Config.model_fields and quoted.endswith(("]", "}"))
    ]
    assert len(found) >= 2
    for quoted in found:
        ((key, written),) = read_yaml(quoted, "guide").data.items()
        assert [str(one) for one in getattr(loaded(folder, quoted), key)] == written


def test_settings_that_sentences_name_exist() -> None:
    sections = {name: inner for name, inner in keys(Config).items() if isinstance(inner, dict)}
    for document, text in texts():
        for section, key in re.findall(r"`([a-z_]+)(?:: |\.(?!py))([a-z_]+)[`:]", text):
            assert section not in sections or key in sections[section], (document, section, key)


def keys(kind: type[BaseModel]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        inner = (field.annotation, *typing.get_args(field.annotation))
        models = [one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)]
        found[name] = keys(models[0]) if models else None
    return found


def test_every_setting_is_in_the_example() -> None:
    assert _missing(yaml.safe_load(EXAMPLE.read_text("utf-8")), keys(Config)) == []
    assert _missing({}, {"database": None}) == ["database"]


def _missing(data: Any, known: dict[str, Any]) -> list[str]:
    data = data or {}
    return [name for name in known if name not in data] + [
        one
        for name, inner in known.items()
        if isinstance(inner, dict) and name in data
        for one in _missing(data[name], inner)
    ]
