"""`python -m sandbox run FILE`: one jailed run on a sandbox of its own, as text or as JSON."""

import argparse
import asyncio
import base64
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox.client import connect
from sandbox.hints import sentence
from sandbox.inspection import Inspection
from sandbox.jail.tiers import NoSandbox, detect
from sandbox.wire import (
    MAX_CODE_CHARS,
    BackendUnavailable,
    Cell,
    CellError,
    RunResult,
    SessionSpec,
    Stream,
)

_OK, _FAILED, _USAGE = 0, 1, 2
_OF_ARRAY = ("name", "shape", "dtype", "bytes")
_MOST_STDIN = 1 << 20
START_SECONDS = 60.0


def run(options: argparse.Namespace) -> int:
    """Run `options.file`; returns the exit status. Raises NoSandbox."""
    code = _read(options.file)
    if code is None:
        return _USAGE
    detect()
    stdin = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read(_MOST_STDIN)
    result = asyncio.run(_run(options, Cell(code, stdin)))
    if options.json:
        print(json.dumps(as_json(result), ensure_ascii=False))  # noqa: T201
    else:
        _print(result)
    return _OK if result.status == "ok" else _FAILED


def as_json(result: RunResult) -> dict[str, Any]:
    """Return the documented JSON object of a run."""
    return {
        "status": result.status,
        "exit_code": result.exit_code,
        "signal": result.signal,
        "output": [list(chunk) for chunk in result.output],
        "value": result.value,
        "error": _error(result.error),
        "truncated": result.truncated,
        "seconds": result.seconds,
        "peak_bytes": result.peak_bytes,
        "inspection": _inspection(result.inspection or Inspection(tensors=())),
        "figures": [
            {"png_base64": base64.b64encode(figure.png).decode()} for figure in result.figures
        ],
        "files": [
            {"name": file.name, "base64": base64.b64encode(file.data).decode()}
            for file in result.files
        ],
        "tier": result.tier,
    }


def _inspection(found: Inspection) -> dict[str, Any]:
    """Return what scripts can rely on: tensors and, beside them, what else was looked at."""
    tensors = [one for one in found.tensors if one.kind != "ndarray"]
    arrays = [one for one in found.tensors if one.kind == "ndarray"]
    return {
        "tensors": _chosen(tensors, *_OF_ARRAY, "device", "requires_grad", "grad_fn"),
        "arrays": _chosen(arrays, *_OF_ARRAY),
        "modules": _chosen(found.modules, "name", "kind", "parameters", "trainable", "bytes"),
        "optimizers": _chosen(found.optimizers, "name", "kind", "learning_rates", "tensors"),
        "omitted": found.omitted,
    }


def _chosen(records: Sequence[object], *keys: str) -> list[dict[str, Any]]:
    return [{key: getattr(record, key) for key in keys} for record in records]


def _error(error: CellError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    traceback = error.traceback
    if error.hint is not None:
        traceback = f"{traceback.rstrip()}\n\n{sentence(error.hint)}\n"
    return {
        "type": error.type,
        "message": error.message,
        "line": error.line,
        "traceback": traceback,
    }


def _read(path: str) -> str | None:
    try:
        code = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        print(f"sandbox: {path}: cannot be read: {why}", file=sys.stderr)  # noqa: T201
        return None
    if len(code) > MAX_CODE_CHARS:
        print(f"sandbox: {path}: longer than {MAX_CODE_CHARS} characters", file=sys.stderr)  # noqa: T201
        return None
    return code


async def _run(options: argparse.Namespace, cell: Cell) -> RunResult:
    async with own_sandbox(options) as path, connect(path) as executor:
        ref = await executor.open("command line", SessionSpec(), START_SECONDS)
        return await executor.run(ref, cell, ignore_output)


async def ignore_output(_stream: Stream, _text: str) -> None:
    """The whole output comes with the result."""


@asynccontextmanager
async def own_sandbox(options: argparse.Namespace) -> AsyncIterator[Path]:
    """Start a supervisor for this one run; it ends with us, even if we are killed."""
    lifeline, ours = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tensor-tutor-") as folder:
        path = Path(folder) / "sandbox.sock"
        process = await asyncio.create_subprocess_exec(
            *_command(options, path, lifeline),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=[lifeline],
        )
        os.close(lifeline)
        try:
            assert process.stdout is not None  # noqa: S101
            assert process.stderr is not None  # noqa: S101
            if not await process.stdout.readline():
                raise NoSandbox(_why(await process.stderr.read()))
            yield path
        except BackendUnavailable as error:
            raise NoSandbox(str(error)) from error
        finally:
            os.close(ours)
            with contextlib.suppress(ProcessLookupError):
                await process.wait()


def _command(options: argparse.Namespace, path: Path, lifeline: int) -> list[str]:
    limits = {
        "--wall-seconds": options.wall_seconds,
        "--cpu-seconds": options.cpu_seconds,
        "--memory-bytes": options.memory_bytes,
        "--output-bytes": options.output_bytes,
        "--processes": options.processes,
    }
    flags = [text for flag, value in limits.items() for text in (flag, str(value))]
    return [
        *(sys.executable, "-m", "sandbox", "serve", "--socket", str(path)),
        *("--lifeline", str(lifeline), "--spares", "1", "--once", *flags),
        *("--device", "cpu"),
    ]


def _why(stderr: bytes) -> str:
    text = stderr.decode("utf-8", "replace").strip()
    return text.splitlines()[-1].removeprefix("sandbox: ") if text else "it ended without a word"


def _print(result: RunResult) -> None:
    for stream, text in result.output:
        (sys.stderr if stream == "stderr" else sys.stdout).write(text)
    error = _error(result.error)
    if error is not None:
        print(error["traceback"].rstrip(), file=sys.stderr)  # noqa: T201
    if result.value is not None:
        print(result.value)  # noqa: T201
    for line in _came_out(result):
        print(f"sandbox: {line}", file=sys.stderr)  # noqa: T201
    if result.status not in ("ok", "error"):
        print(f"sandbox: {_ENDINGS[result.status]}", file=sys.stderr)  # noqa: T201


def _came_out(result: RunResult) -> list[str]:
    """Say what came out besides text; its content is in the JSON only."""
    figures, files = len(result.figures), len(result.files)
    lines = []
    if figures or result.more_figures:
        lines.append(f"figures: {figures}{_left_out(result.more_figures)} (--json holds them)")
    if files or result.more_files:
        names = ", ".join(file.name for file in result.files)
        lines.append(f"files: {names or 0}{_left_out(result.more_files)} (--json holds them)")
    return lines


def _left_out(count: int) -> str:
    return f", {count} more left out" if count else ""


_ENDINGS = {
    "timeout": "stopped: it ran out of time",
    "oom": "stopped: it ran out of memory",
    "output_limit": "stopped: it printed more than the limit",
    "killed": "the process ended itself",
    "interrupted": "interrupted",
}
