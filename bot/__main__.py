"""The command `tensor-tutor`: reads the command line and the configuration, and runs what is asked."""

import argparse
import asyncio
import contextlib
import getpass
import io
import logging
import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130

LOCALES = ("en", "ko")
MOST_NAME = 64
_TROUBLE = "%(asctime)s %(name)s: %(message)s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
    except BrokenPipeError:
        status = EXIT_OK
    _let_go_of(sys.stdout)
    return status


_ENDS = (
    "Logs to stderr until Ctrl-C or SIGTERM end it. Exits with 2 where the configuration or a token "
    "has to be mended first; docs/deploying.md tells how to get one."
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tensor-tutor", description="A PyTorch tutor with a warm, sealed sandbox."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--config", type=Path, metavar="FILE", help="by default config.yaml, if it is there"
    )
    console = commands.add_parser("console", parents=[shared], help="learn in this terminal")
    console.add_argument("--learner", type=_name, metavar="NAME", help="by default, your user name")
    console.add_argument("--locale", choices=LOCALES, help="the language to speak from now on")
    console.set_defaults(run=_console)
    for name, run, what in (
        ("discord", _discord, "serve Discord, with the token in DISCORD_TOKEN"),
        ("serve", _serve, "serve every chat whose token is set"),
    ):
        chat = commands.add_parser(
            name, parents=[shared], help=what, description=f"{what}. {_ENDS}"
        )
        chat.set_defaults(run=run)
    export = commands.add_parser("export", parents=[shared], help="print everything that was done")
    export.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    export.set_defaults(run=_export)
    backup = commands.add_parser(
        "backup", parents=[shared], help="copy the database into FILE, while the program runs too"
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run=_backup)
    doctor = commands.add_parser(
        "doctor", parents=[shared], help="check the whole installation, and say what to do"
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.set_defaults(run=_doctor)
    lint = commands.add_parser("lint", parents=[shared], help="check lessons and run their code")
    lint.add_argument("lessons", nargs="*", metavar="LESSON", help="an id, a file or a folder")
    lint.add_argument("--format", choices=("text", "json"), default="text")
    lint.set_defaults(run=_lint)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib import metadata

        try:
            version = metadata.version("tensor-tutor")
        except metadata.PackageNotFoundError:
            version = "(not installed)"
        print(f"tensor-tutor {version}")
        parser.exit()


def _name(text: str) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise argparse.ArgumentTypeError(f"write 1 to {MOST_NAME} letters, digits or signs")
    return name


# console ----------------------------------------------------------------------------------------


def _console(options: argparse.Namespace) -> int:
    from bot.bootstrap.console import run_console
    from bot.bootstrap.watching import log_troubles
    from bot.config import ConfigError, load_config
    from bot.curriculum import LessonError
    from bot.platforms.console.surroundings import Surroundings, state_folder
    from bot.storage.errors import StorageError

    try:
        config = load_config(options.config, os.environ)
        interactive = _is_terminal(sys.stdin) and _is_terminal(sys.stdout)
        log_troubles(config, os.environ, state_folder(os.environ) if interactive else None)
        here = Surroundings(
            descriptor=_input(),
            out=_output(interactive=interactive),
            interactive=interactive,
            environ=os.environ,
        )
        name = options.learner or _user_name(os.environ)
        return asyncio.run(run_console(config, here, name, options.locale))
    except (ConfigError, LessonError) as error:
        return _refused(error.problems, EXIT_USAGE)
    except StorageError as error:
        return _refused([str(error)], EXIT_FAILED)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _input() -> int:
    """Return our input's descriptor; an input that was closed counts as an empty one."""
    if sys.stdin is None:
        return os.open(os.devnull, os.O_RDONLY)
    return sys.stdin.fileno()


def _output(*, interactive: bool) -> TextIO:
    """Return our output, ready for every character: what a terminal lacks is shown as `?`."""
    if sys.stdout is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  (for good)
    if isinstance(sys.stdout, io.TextIOWrapper):
        if interactive:
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return sys.stdout


def _user_name(environ: Mapping[str, str]) -> str:
    with contextlib.suppress(KeyError, OSError, ImportError, argparse.ArgumentTypeError):
        return _name(environ.get("USER") or getpass.getuser())
    return "learner"


def _refused(problems: Sequence[str], status: int) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return status


def _let_go_of(out: TextIO | None) -> None:
    """Flush `out`; if nobody reads it any more, keep the interpreter from complaining at its end."""
    try:
        if out is not None:
            out.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


# chats ------------------------------------------------------------------------------------------


def _discord(options: argparse.Namespace) -> int:
    from bot.bootstrap.chats import run_discord
    from bot.bootstrap.watching import log_as_set
    from bot.config import ConfigError, load_config
    from bot.curriculum import LessonError
    from bot.platforms.discord.app import DiscordRefused
    from bot.storage.errors import StorageError

    try:
        config = load_config(options.config, os.environ)
        log_as_set(config, os.environ)
        asyncio.run(run_discord(config, os.environ))
    except (ConfigError, LessonError) as error:
        return _refused(error.problems, EXIT_USAGE)
    except DiscordRefused as error:
        return _refused([str(error)], EXIT_USAGE)
    except StorageError as error:
        return _refused([str(error)], EXIT_FAILED)
    return EXIT_OK


def _serve(options: argparse.Namespace) -> int:
    """Serve every chat whose token is set: so far there is one."""
    if not os.environ.get("DISCORD_TOKEN", "").strip():
        problem = "No chat's token is set: put that of your Discord bot into DISCORD_TOKEN."
        return _refused([f"{problem} docs/deploying.md tells how to get one."], EXIT_USAGE)
    return _discord(options)


# export -----------------------------------------------------------------------------------------


def _export(options: argparse.Namespace) -> int:
    from bot.bootstrap.commands import run_export
    from bot.config import ConfigError, load_config
    from bot.storage.errors import StorageError

    logging.basicConfig(format=_TROUBLE)
    try:
        config = load_config(options.config, os.environ)
        asyncio.run(run_export(config, options.format, _output(interactive=False).write))
    except ConfigError as error:
        return _refused(error.problems, EXIT_USAGE)
    except StorageError as error:
        return _refused([str(error)], EXIT_FAILED)
    return EXIT_OK


# operations -------------------------------------------------------------------------------------


def _backup(options: argparse.Namespace) -> int:
    from bot.config import ConfigError, load_config
    from bot.storage.backup import back_up
    from bot.storage.errors import StorageError

    try:
        size = back_up(load_config(options.config, os.environ).database, options.file)
    except ConfigError as error:
        return _refused(error.problems, EXIT_USAGE)
    except StorageError as error:
        return _refused([str(error)], EXIT_FAILED)
    print(f"{options.file}: {size / 1_000_000:,.1f} MB, checked")
    return EXIT_OK


def _doctor(options: argparse.Namespace) -> int:
    from bot.bootstrap.commands import run_doctor
    from bot.operations.report import as_json, as_text, is_well

    logging.basicConfig(format=_TROUBLE)
    report = asyncio.run(run_doctor(options.config, os.environ))
    # Names of servers may hold letters that this terminal does not know.
    out = _output(interactive=_is_terminal(sys.stdout))
    print(as_json(report) if options.json else as_text(report), file=out)
    if any(check.name == "configuration" and not check.is_well for check in report):
        return EXIT_USAGE
    return EXIT_OK if is_well(report) else EXIT_FAILED


# lint -------------------------------------------------------------------------------------------


def _lint(options: argparse.Namespace) -> int:
    from bot.authoring.finding import as_json, as_text, is_clean
    from bot.authoring.lint import UnknownLesson
    from bot.bootstrap.commands import run_lint
    from bot.config import ConfigError, load_config

    logging.basicConfig(format=_TROUBLE)
    try:
        config = load_config(options.config, os.environ)
        found = asyncio.run(run_lint(config, os.environ, options.lessons))
    except ConfigError as error:
        return _refused(error.problems, EXIT_USAGE)
    except UnknownLesson as error:
        return _refused([str(error)], EXIT_USAGE)
    print(as_json(found) if options.format == "json" else as_text(found))
    return EXIT_OK if is_clean(found) else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
