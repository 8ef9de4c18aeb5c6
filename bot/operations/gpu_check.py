"""Checks the GPU: the driver, the NVIDIA Container Toolkit, and whether the sandbox makes use of it."""

import asyncio
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.operations.report import Check

PATIENCE_SECONDS = 15.0

_MODULE = Path("/proc/driver/nvidia/version")
_ASKED = ("--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the driver tells. `trouble` is what its own tool complains of."""

    gpus: tuple[str, ...] = ()
    driver: str | None = None
    toolkit: str | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What the sandbox makes of it: `slots` is None where there is no sandbox to ask.

    `cuda` is what its PyTorch was built for, None where it was built without or nobody knows.
    """

    device: str
    slots: int | None
    cuda: str | None
    is_known: bool


async def look_at_hardware(environ: Mapping[str, str], module: Path = _MODULE) -> Hardware:
    """Ask the driver's tools, where there are any on PATH."""
    path = environ.get("PATH")
    told, trouble = await _ask("nvidia-smi", *_ASKED, path=path)
    rows = [[field.strip() for field in line.split(",")] for line in told.splitlines()]
    rows = [row for row in rows if len(row) == 3]
    driver = rows[0][1] if rows else await asyncio.to_thread(_driver_of, module)
    toolkit, _ = await _ask("nvidia-ctk", "--version", path=path)
    version = _VERSION.search(toolkit)
    return Hardware(
        gpus=tuple(f"{name}, {memory}" for name, _, memory in rows),
        driver=driver,
        toolkit=version[0] if version else None,
        trouble=trouble or None,
    )


async def _ask(tool: str, *arguments: str, path: str | None) -> tuple[str, str]:
    """Return what a tool says, and what it complains of; both are empty where it is not there."""
    found = shutil.which(tool, path=path)
    if found is None:
        return "", ""
    try:
        process = await asyncio.create_subprocess_exec(
            *(found, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return "", f"{tool} does not start: {error.strerror}"
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return "", f"{tool} does not answer within {PATIENCE_SECONDS:.0f} s"
    said = out.decode(errors="replace")
    if process.returncode == 0:
        return said, ""
    complaint = (said or err.decode(errors="replace")).strip().partition("\n")[0][:200]
    return "", f"{tool} fails: {complaint}"


def _driver_of(module: Path) -> str | None:
    try:
        version = _VERSION.search(module.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return version[0] if version else None


def gpu_check(seen: Hardware, use: Use) -> Check:
    """Check that what there is works, and that the sandbox offers it."""
    facts = {
        "gpus": list(seen.gpus),
        "driver": seen.driver,
        "container_toolkit": seen.toolkit,
        "slots": use.slots,
    }
    if not (seen.gpus or seen.driver or seen.trouble or use.slots):
        if use.device == "cuda":
            advice = "install the NVIDIA driver, or write `device: auto` under `sandbox`"
            return Check("GPU", "wrong", "none, and `sandbox.device` is cuda", (advice,), facts)
        return Check("GPU", "off", "none here: code runs on the CPU", (), facts)
    text = _what(seen, use)
    if seen.trouble:
        advice = "reinstall or update the NVIDIA driver, then start the machine again"
        return Check("GPU", "wrong", f"{text}; {seen.trouble}", (advice,), facts)
    if use.slots == 0 and use.device != "cpu":
        return Check("GPU", "wrong", f"{text}; the sandbox offers none", _why_none(use), facts)
    return Check("GPU", "well", text, _for_docker(seen), facts)


def _what(seen: Hardware, use: Use) -> str:
    parts = ["; ".join(seen.gpus) or "seen by the sandbox alone"]
    parts.append(f"driver {seen.driver}" if seen.driver else "driver not to be seen from here")
    if seen.toolkit:
        parts.append(f"NVIDIA Container Toolkit {seen.toolkit}")
    if use.device == "cpu":
        parts.append("not used, for `sandbox.device` is cpu")
    elif use.slots:
        parts.append("1 slot" if use.slots == 1 else f"{use.slots} slots")
    return ", ".join(parts)


def _why_none(use: Use) -> tuple[str, ...]:
    if use.is_known and use.cuda is None:
        return ("PyTorch is the build without CUDA: `make clean`, then `make run` on this machine",)
    advice = "install `nvidia-ml-py` where the sandbox runs, and let it open /dev/nvidia*"
    return (f"{advice}; in Docker, start it without the CPU override file",)


def _for_docker(seen: Hardware) -> tuple[str, ...]:
    if not seen.gpus or seen.toolkit:
        return ()
    return ("for Docker, install the NVIDIA Container Toolkit: `nvidia-ctk` is not there",)
