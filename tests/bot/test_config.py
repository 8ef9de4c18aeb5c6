"""The configuration: its defaults, its example, and one line for every mistake."""

import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.config import Config, ConfigError, load_config
from bot.yaml_source import load_yaml

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
MIB = 1024**2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def config(folder: Path, text: str, **environ: str) -> Config:
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return load_config(Path("config.yaml"), environ)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        config(folder, text)
    assert str(refused.value) == "\n".join(refused.value.problems)
    return list(refused.value.problems)


def keys(kind: type[BaseModel], above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set()
    for name, field in kind.model_fields.items():
        found.add((*above, name))
        for inner in (field.annotation, *typing.get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found |= keys(inner, (*above, name))
    return found


def test_the_example_says_the_defaults() -> None:
    assert load_config(EXAMPLE, {}) == Config()


def test_the_example_has_every_key() -> None:
    assert set(load_yaml(EXAMPLE).lines) == keys(Config)


def test_the_default_limits_are_the_documented_ones() -> None:
    limits = Config().sandbox.limits
    assert (limits.wall_seconds, limits.cpu_seconds) == (20, 10)
    assert (limits.memory_bytes, limits.output_bytes) == (1024 * MIB, MIB)


def test_without_a_file_the_defaults_hold(folder: Path) -> None:
    assert load_config(None, {}) == Config()
    assert list(folder.iterdir()) == []


def test_config_yaml_in_the_current_folder_is_read(folder: Path) -> None:
    (folder / "config.yaml").write_text("locale: ko\n")
    assert load_config(None, {}).locale == "ko"


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "sandbox:\nlesson_dirs:\nconsole:\n", "sandbox:\n  limits:\n"]
)
def test_what_is_empty_has_its_default(folder: Path, text: str) -> None:
    assert config(folder, text) == Config()


def test_everything_can_be_set(folder: Path) -> None:
    text = """
        database: /srv/tutor.db
        backup: {folder: ~/copies, every_hours: 0.5, keep: 3}
        lesson_dirs: [ours, ~/theirs]
        locale: ko
        operators: ["console:ada", "discord:80351110224678912"]
        access:
          servers: [197038439483310086, "T024BE7LD"]
          roles: [41771983423143936]
          dms: false
          user_install: false
          runs_per_minute: 5
          gpu_minutes_per_day: 0
        watch: {host: 0.0.0.0, port: 9464}
        logs: {format: json, level: debug}
        discord: {message_content: false}
        sandbox:
          socket: run/sandbox.sock
          device: cuda
          limits: {wall_seconds: 2.5, cpu_seconds: 1, processes: 8, max_sessions: 3, spares: 1}
    """
    found = config(folder, text, HOME="/home/ada")
    assert found.database == Path("/srv/tutor.db")
    backup = found.backup
    assert (backup.folder, backup.every_hours, backup.keep) == (Path("/home/ada/copies"), 0.5, 3)
    assert found.lesson_dirs == (Path("ours"), Path("/home/ada/theirs"))
    assert found.locale == "ko"
    assert found.operators == ("console:ada", "discord:80351110224678912")
    assert found.access.servers == ("197038439483310086", "T024BE7LD")
    assert found.access.roles == ("41771983423143936",)
    assert (found.access.dms, found.access.user_install) == (False, False)
    assert (found.access.runs_per_minute, found.access.gpu_minutes_per_day) == (5, 0)
    assert (found.watch.host, found.watch.port) == ("0.0.0.0", 9464)
    assert (found.logs.format, found.logs.level) == ("json", "debug")
    assert not found.discord.message_content
    assert (found.sandbox.socket, found.sandbox.device) == (Path("run/sandbox.sock"), "cuda")
    limits = found.sandbox.limits
    assert (limits.wall_seconds, limits.cpu_seconds, limits.processes) == (2.5, 1, 8)
    assert (limits.max_sessions, limits.spares) == (3, 1)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("536870912", 512 * MIB),
        ("512 MiB", 512 * MIB),
        ("512MiB", 512 * MIB),
        ("2 GB", 2 * 10**9),
        ("'33554432 B'", 32 * MIB),
    ],
)
def test_sizes_are_bytes_or_have_a_unit(folder: Path, written: str, size: int) -> None:
    assert (
        config(
            folder, f"sandbox: {{limits: {{memory_bytes: {written}}}}}"
        ).sandbox.limits.memory_bytes
        == size
    )


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().locale = "ko"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("databse: x\n", "config.yaml:1: databse: unknown key; did you mean `database`?"),
        ("slack_token: x\n", "config.yaml:1: slack_token: unknown key; write one of `database`, `backup`, `lesson_dirs`, `locale`, `operators`, `access`, `sandbox`, `watch`, `logs`, `discord`, `console`"),
        ("console: {color: red}\n", "config.yaml:1: console.color: unknown key; remove it"),
        ("locale: ko\nlocale: en\n", "config.yaml:2: locale: written twice (first on line 1); keep one of the two"),
        ("locale: fr\n", "config.yaml:1: locale: `fr` is not one of the choices; write 'en' or 'ko'"),
        ("database: 5\n", "config.yaml:1: database: `5` where text is needed; write text, in quotes if it looks like a number"),
        ("database: ''\n", "config.yaml:1: database: this is no path; write the path of a file or folder"),
        ("database: ~/x\n", "config.yaml:1: database: `~` has no meaning here because HOME is not set; write the whole path"),
        ("watch: {port: 70000}\n", "config.yaml:1: watch.port: `70000` is too big; write at most 65535"),
        ("logs: {level: loud}\n", "config.yaml:1: logs.level: `loud` is not one of the choices; write 'debug', 'info', 'warning' or 'error'"),
        ("backup: {keep: 0}\n", "config.yaml:1: backup.keep: `0` is too small; write at least 1"),
        ("lesson_dirs: ours\n", "config.yaml:1: lesson_dirs: `ours` where a list is needed; write a list: `[one, two]`"),
        ("operators:\n  - ada\n", "config.yaml:2: operators[0]: `ada` is nobody; write platform:id, for example `console:ada`"),
        ("access: {servers: [true]}\n", "config.yaml:1: access.servers[0]: `true` where text is needed; write text, in quotes if it looks like a number"),
        ("access: {roles: ['a b']}\n", "config.yaml:1: access.roles[0]: `a b` is no id; copy it from the chat, as in 197038439483310086"),
        ("access: {dms: maybe}\n", "config.yaml:1: access.dms: `maybe` where `true` or `false` is needed; write `true` or `false`"),
        ("access: {runs_per_minute: 0}\n", "config.yaml:1: access.runs_per_minute: `0` is too small; write at least 1"),
        ("access: {gpu_minutes_per_day: -1}\n", "config.yaml:1: access.gpu_minutes_per_day: `-1` is too small; write at least 0"),
        ("discord: {token: x}\n", "config.yaml:1: discord.token: unknown key; write one of `message_content`"),
        ("\nsandbox:\n  limits:\n    memory_bytes: 1 gig\n", "config.yaml:4: sandbox.limits.memory_bytes: `1 gig` is no size; write a number of bytes, or one like `512 MiB`"),
        ("sandbox: {limits: {memory_bytes: 1}}\n", "config.yaml:1: sandbox.limits.memory_bytes: `1` is too small; write at least 16777216"),
        ("sandbox: {limits: {memory_bytes: true}}\n", "config.yaml:1: sandbox.limits.memory_bytes: `true` where a whole number is needed; write a whole number"),
        ("sandbox: {limits: {wall_seconds: 0}}\n", "config.yaml:1: sandbox.limits.wall_seconds: `0` is too small; write more than 0"),
        ("sandbox: {limits: {wall_seconds: .nan}}\n", "config.yaml:1: sandbox.limits.wall_seconds: `nan` where a finite number is needed; write a finite number"),
        ("sandbox: {limits: {processes: '8'}}\n", "config.yaml:1: sandbox.limits.processes: `8` where a whole number is needed; write a whole number"),
        ("sandbox: {limits: {cpu_secs: 8}}\n", "config.yaml:1: sandbox.limits.cpu_secs: unknown key; did you mean `cpu_seconds`?"),
        ("sandbox: cuda\n", "config.yaml:1: sandbox: `cuda` where a mapping is needed; write `key: value` lines, indented, below it"),
        ("just words\n", "config.yaml:1: `just words` where a mapping is needed; write `key: value` lines, indented, below it"),
        ("locale: [en\n", "config.yaml:2: not valid YAML (did not find expected ',' or ']'); check the indentation, colons and quotes here and just above"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_fix(folder: Path, text: str, line: str) -> None:
    assert problems(folder, text) == [line]


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    lines = problems(folder, "locale: fr\nsandbox:\n  divice: cpu\n  limits: {spares: 0}\nx: 1\n")
    assert [line.split(": ")[:2] for line in lines] == [
        ["config.yaml:1", "locale"],
        ["config.yaml:3", "sandbox.divice"],
        ["config.yaml:4", "sandbox.limits.spares"],
        ["config.yaml:5", "x"],
    ]


def test_a_file_that_is_named_must_be_there(folder: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(Path("other.yaml"), {})
    assert refused.value.problems == (
        "other.yaml: cannot be read (No such file or directory); check the path and its permissions",
    )
