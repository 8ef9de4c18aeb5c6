"""Reads the configuration file into frozen values, or names every mistake in it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from bot.yaml_source import YamlError, explain_validation, load_yaml

DEFAULT_PATH = Path("config.yaml")
"""Read when no other file is named, if it is there."""

_UNITS = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
_ACCOUNT = re.compile(r"(console|discord|slack):[^\s:]{1,64}")
_ID = re.compile(r"[^\s:]{1,64}")
_SIZE = re.compile(r"([0-9]{1,15}) ?([A-Za-z]+)")


class ConfigError(Exception):
    """The configuration cannot be used; each of `problems` is one line with the fix."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _as_bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    size = _SIZE.fullmatch(value.strip())
    unit = _UNITS.get(size[2]) if size else None
    if size is None or unit is None:
        raise ValueError(f"`{value}` is no size; write a number of bytes, or one like `512 MiB`")
    return int(size[1]) * unit


def _as_path(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    if not value or "\0" in value:
        raise ValueError("this is no path; write the path of a file or folder")
    if value.startswith("~/"):
        home = (info.context or {}).get("HOME")
        if not home:
            raise ValueError(
                "`~` has no meaning here because HOME is not set; write the whole path"
            )
        return Path(home, value[2:])
    return Path(value)


def _as_account(value: str) -> str:
    if not _ACCOUNT.fullmatch(value):
        raise ValueError(f"`{value}` is nobody; write platform:id, for example `console:ada`")
    return value


def _as_id(value: Any) -> Any:
    # Discord's ids look like numbers, and nobody thinks of quotes.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _checked_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"`{value}` is no id; copy it from the chat, as in 197038439483310086")
    return value


Bytes = Annotated[
    int, Field(strict=True), BeforeValidator(_as_bytes, json_schema_input_type=int | str)
]
Seconds = Annotated[float, Field(strict=True, gt=0, le=3600, allow_inf_nan=False)]
Minutes = Annotated[float, Field(strict=True, gt=0, le=10_080, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Switch = Annotated[bool, Field(strict=True)]
FilePath = Annotated[Path, BeforeValidator(_as_path, json_schema_input_type=str)]
Account = Annotated[str, AfterValidator(_as_account)]
"""A person on a platform: `platform:id`."""
ChatId = Annotated[
    str,
    AfterValidator(_checked_id),
    BeforeValidator(_as_id, json_schema_input_type=int | str),
]
"""What a chat calls a server or a role."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: Any) -> Any:
        # `sandbox:` with every line below it commented out means: all defaults.
        if isinstance(data, dict):
            return {
                key: value
                for key, value in data.items()
                if value is not None or key not in cls.model_fields
            }
        return data


class Limits(_Section):
    """What one learner's code may use, and how many sessions there may be."""

    wall_seconds: Seconds = 20.0
    cpu_seconds: Seconds = 10.0
    memory_bytes: Annotated[Bytes, Field(ge=16 * 1024**2)] = 1024**3
    output_bytes: Annotated[Bytes, Field(ge=1024, le=16 * 1024**2)] = 1024**2
    processes: Count = 64
    max_sessions: Count = 200
    spares: Annotated[int, Field(strict=True, ge=1, le=64)] = 4
    most_spares: Annotated[int, Field(strict=True, ge=1, le=256)] = 16
    idle_minutes: Minutes = 30.0
    memory_floor_bytes: Annotated[Bytes, Field(ge=0)] | None = None
    gpu_slots: Annotated[int, Field(strict=True, ge=1, le=16)] = 1


OF_ONE_LEARNER = {"wall_seconds", "cpu_seconds", "memory_bytes", "output_bytes", "processes"}
"""The limits of one learner's code, without those of all sessions together."""


class Sandbox(_Section):
    """Where code runs. Without a `socket` the program starts a sandbox of its own."""

    socket: FilePath | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    limits: Limits = Limits()


class Access(_Section):
    """Who may use the tutor, and how much. No servers and no roles stand for all."""

    servers: tuple[ChatId, ...] = ()
    roles: tuple[ChatId, ...] = ()
    dms: Switch = True
    user_install: Switch = True
    runs_per_minute: Annotated[int, Field(strict=True, ge=1, le=1000)] = 20
    gpu_minutes_per_day: Annotated[
        float, Field(strict=True, ge=0, le=1440, allow_inf_nan=False)
    ] = 30.0


class Backup(_Section):
    """Copies of the database that are made while the program runs. Without a `folder` none are."""

    folder: FilePath | None = None
    every_hours: Annotated[float, Field(strict=True, ge=0.1, le=720, allow_inf_nan=False)] = 24.0
    keep: Annotated[int, Field(strict=True, ge=1, le=1000)] = 7


class Watch(_Section):
    """Where figures and health are served over HTTP. Without a `port` they are not."""

    host: Annotated[str, Field(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, Field(strict=True, ge=0, le=65_535)] | None = None


class Logs(_Section):
    """What is logged, and in which form."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Discord(_Section):
    """Discord. Its token is read from the environment."""

    message_content: Switch = True


class Console(_Section):
    """The terminal. Nothing can be set yet."""


class Config(_Section):
    """Everything an operator can set. Relative paths start at the current folder."""

    database: FilePath = Path("tensor-tutor.sqlite3")
    backup: Backup = Backup()
    lesson_dirs: tuple[FilePath, ...] = ()
    locale: Literal["en", "ko"] = "en"
    operators: tuple[Account, ...] = ()
    access: Access = Access()
    sandbox: Sandbox = Sandbox()
    watch: Watch = Watch()
    logs: Logs = Logs()
    discord: Discord = Discord()
    console: Console = Console()


def load_config(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Return the configuration in the file at `path`, by default `config.yaml` if it is there.

    `environ` gives the home folder that `~/` stands for. Raises `ConfigError` with all mistakes.
    """
    if path is None:
        if not DEFAULT_PATH.exists():
            return Config()
        path = DEFAULT_PATH
    try:
        document = load_yaml(path)
    except YamlError as error:
        raise ConfigError(error.problems) from error
    try:
        data = {} if document.data is None else document.data
        return Config.model_validate(data, context=environ)
    except ValidationError as error:
        raise ConfigError(tuple(explain_validation(error, document, Config))) from error
