"""Start a sandbox in tier B or C as a plain user: who runs the tests, or for root a leased uid."""

import ctypes
import errno
import json
import os
import platform
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from sandbox.__main__ import main
from sandbox.jail import kernel, namespaces, reach, uids

_ROOT = Path(__file__).resolve().parents[2]
_UNSHARE = {"x86_64": 272, "aarch64": 97}


def serving_in_tier_b(*flags: str) -> AbstractContextManager[Path]:
    """Yield the socket of a sandbox that serves in tier B; skips where a plain user gets no namespaces."""
    return _serving("B", *flags)


def serving_in_tier_c(*flags: str) -> AbstractContextManager[Path]:
    """Yield the socket of a sandbox that serves in tier C; skips where root may not do this."""
    return _serving("C", *flags)


def serving_after_a_wrong_guess(*, even_the_template: bool) -> AbstractContextManager[Path]:
    """Yield the socket of a sandbox in tier C that took itself for one in tier B.

    Namespaces are refused to children, and to the template too if so asked.
    """
    return _serving("C", walls=_WRONG_GUESS if even_the_template else _WRONG_GUESS_ABOUT_CHILDREN)


def as_plain_user(walls: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m sandbox` with `arguments` as a plain user in tier `walls`."""
    with _plain_uid() as uid, tempfile.TemporaryDirectory(prefix="tt-test-") as folder:
        os.chown(folder, uid, -1)
        return subprocess.run(
            _command(uid, walls, *arguments),
            env=_environment(folder),
            capture_output=True,
            text=True,
            timeout=120,
        )


@contextmanager
def _plain_uid() -> Iterator[int]:
    """Yield the uid of a plain user; a leased one has no process left at the end."""
    if os.geteuid() != 0:
        yield os.geteuid()
        return
    lease = uids.lease(uids.lock_folder(), uids.uids_in_use())
    try:
        yield lease.uid
        assert uids.processes_of(lease.uid) == []
    finally:
        os.close(lease.lock)


_WRONG_GUESS = "C, taken for B"
_WRONG_GUESS_ABOUT_CHILDREN = "C, taken for B by the template too"


@contextmanager
def _serving(tier: str, *flags: str, walls: str = "") -> Iterator[Path]:
    lifeline, ours = os.pipe()
    with _plain_uid() as uid, tempfile.TemporaryDirectory(prefix="tt-test-") as folder:
        os.chown(folder, uid, -1)
        path = Path(folder) / "sandbox.sock"
        process = subprocess.Popen(
            _command(
                *(uid, walls or tier, "serve", "--socket", str(path)),
                *("--lifeline", str(lifeline), *flags),
            ),
            pass_fds=[lifeline],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(folder),
        )
        os.close(lifeline)
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            ready = process.stdout.readline()
            if not ready:
                pytest.skip(f"no plain user here: {process.stderr.read().decode()[-300:]}")
            if json.loads(ready)["tier"] != tier:
                pytest.skip(f"a plain user does not get tier {tier} here: {ready.decode()}")
            yield path
        finally:
            os.close(ours)
            process.communicate(timeout=30)


def _command(uid: int, walls: str, *arguments: str) -> list[str]:
    return [sys.executable, __file__, str(uid), walls, *arguments]


def _environment(folder: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_ROOT), "TMPDIR": folder}


def _become_plain_and_go_on(uid: int, walls: str, arguments: list[str]) -> None:
    if uid != os.geteuid():
        reach.open_up([sys.prefix, sys.base_prefix, str(_ROOT)])
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    if walls != "B":
        _refuse_namespaces(but=0 if walls != _WRONG_GUESS_ABOUT_CHILDREN else kernel.CLONE_NEWUTS)
    if walls in (_WRONG_GUESS, _WRONG_GUESS_ABOUT_CHILDREN):
        vars(namespaces)["why_not"] = lambda: None
        sys.exit(main(arguments))
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *arguments])


def _refuse_namespaces(but: int) -> None:
    """Let unshare fail with EPERM, as Docker's seccomp profile does, unless its flags are among `but`.

    Only the template asks for CLONE_NEWUTS.
    """
    steps = (
        (0x20, 0, 0, 0),  # load the number of the call
        (0x15, 0, 3, _UNSHARE[platform.machine()]),
        (0x20, 0, 0, 16),  # load its flags
        (0x45, 1, 0, but),
        (0x06, 0, 0, 0x00050000 | errno.EPERM),
        (0x06, 0, 0, 0x7FFF0000),  # allow
    )
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    header = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, ctypes.c_char_p(header))


if __name__ == "__main__":
    _become_plain_and_go_on(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
