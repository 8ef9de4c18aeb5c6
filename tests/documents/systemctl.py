"""Stands in for systemctl where no systemd runs: `systemctl.py FOLDER start|stop NAME`, with FOLDER/NAME.service.

The program logs to FOLDER/log, and its exit status is in FOLDER/status once it has ended.
"""

import configparser
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 60.0


def start(folder: Path, unit: str) -> None:
    """Start the program and somebody who waits for its end."""
    (folder / "status").unlink(missing_ok=True)
    subprocess.Popen(
        [sys.executable, __file__, str(folder), "hold", unit],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _until(folder / "pid")


def stop(folder: Path) -> None:
    """Ask the program to end, and wait until it has."""
    os.kill(int((folder / "pid").read_text()), signal.SIGTERM)
    _until(folder / "status")


def hold(folder: Path, unit: str) -> None:
    """Run the program as its unit says, until it ends."""
    service = read(folder / f"{unit}.service")
    lines = Path(service["EnvironmentFile"]).read_text("utf-8").splitlines()
    with (folder / "log").open("ab") as log, subprocess.Popen(
        shlex.split(service["ExecStart"]),
        cwd=service["WorkingDirectory"],
        env={"PATH": os.defpath, "LANG": "C.UTF-8"} | dict(line.split("=", 1) for line in lines),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    ) as process:  # fmt: skip
        _write(folder / "pid", process.pid)
    (folder / "pid").unlink()
    _write(folder / "status", process.returncode)


def read(path: Path) -> dict[str, str]:
    """Return what a unit says of its service."""
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return dict(parser["Service"])


def _write(path: Path, number: int) -> None:
    """Write all of it at once, for whoever waits for the file."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(str(number))
    new.rename(path)


def _until(path: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > give_up:
            sys.exit(f"{path} is not there after {PATIENCE:.0f} s")
        time.sleep(0.05)


if __name__ == "__main__":
    _, _folder, _verb, _unit = sys.argv
    if _verb == "stop":
        stop(Path(_folder))
    else:
        {"start": start, "hold": hold}[_verb](Path(_folder), _unit)
