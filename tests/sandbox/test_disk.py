"""What a session keeps on disk is counted, however it is tucked away, and by whoever may not see it."""

import ctypes
import os
import platform
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.jail import kernel, sight, uids
from sandbox.jail.limits import Limits
from sandbox.supervisor.disk import Held, folder_holds, tree_holds
from sandbox.supervisor.folder import Folder
from sandbox.supervisor.usage import Tree

_MOST_FILES = 100
_SIZE = 200_000
_OLD_CENSUS_SECONDS = 0.1
"""After this long nobody is counted by a census that is older than these processes."""
_SETTLED_SECONDS = 1.2
"""After this long a folder's last change is told from any later one."""
_SYS_EXIT = {"x86_64": 60, "aarch64": 93}

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may look as somebody else")


@pytest.fixture(params=["ours", pytest.param("a learner's", marks=as_root)])
def owner(request: pytest.FixtureRequest) -> int | None:
    return None if request.param == "ours" else uids.LAST_UID


@pytest.fixture
def folder(owner: int | None) -> Iterator[Path]:
    """Return a folder of the owner's that nobody else may enter, below one that everybody may."""
    made = Path(f"/tmp/tt-test-disk-{os.getpid()}")  # pytest's own is closed
    made.mkdir(mode=0o700)
    if owner is not None:
        os.chown(made, owner, owner)
    yield made
    _do(owner, lambda: uids.wipe(str(made)))
    assert not made.exists()


def _do(owner: int | None, action: Callable[[], object]) -> None:
    helper = uids.fork_as(owner, lambda: bool(action()))
    assert os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1]) == 0


def _write(path: Path) -> int:
    return path.write_bytes(b"x" * _SIZE)


def test_files_in_a_closed_folder_are_counted(folder: Path, owner: int | None) -> None:
    def hide() -> bool:
        for name, mode in (("none", 0), ("list", 0o400), ("enter", 0o100)):
            Path(folder, name, "inner").mkdir(parents=True)
            _write(folder / name / "inner" / "part")
            Path(folder, name).chmod(mode)
        folder.chmod(0)
        return True

    _do(owner, hide)
    held = folder_holds(str(folder), _MOST_FILES, owner)
    assert held.files == 9
    assert 3 * _SIZE <= held.bytes < Limits().disk_bytes


def test_files_deeper_than_a_path_can_name_are_counted(folder: Path, owner: int | None) -> None:
    def hide() -> bool:
        os.chdir(folder)
        for _ in range(40):
            Path("d" * 250).mkdir()
            os.chdir("d" * 250)
        _write(Path("part"))
        Path().chmod(0)
        return True

    _do(owner, hide)
    held = folder_holds(str(folder), _MOST_FILES, owner)
    assert held.files == 41
    assert _SIZE <= held.bytes < Limits().disk_bytes


def test_a_link_leads_nowhere(folder: Path, owner: int | None, tmp_path: Path) -> None:
    _write(tmp_path / "elsewhere")
    tmp_path.chmod(0o500)
    (folder / "link").symlink_to(tmp_path)
    assert folder_holds(str(folder), _MOST_FILES, owner).bytes < _SIZE
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o500


@contextmanager
def _holding(folder: Path, owner: int | None, and_then: Callable[[], object]) -> Iterator[int]:
    """Let a process of the owner's hold a file without a name; yields its pid, a group's too."""
    read, write = os.pipe()

    def hold() -> bool:
        os.setpgid(0, 0)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        kept = os.open(folder / "part", os.O_CREAT | os.O_WRONLY)
        (folder / "part").unlink()
        os.write(kept, b"x" * _SIZE)
        os.write(write, b".")
        and_then()
        signal.pause()
        return True

    pid = uids.fork_as(owner, hold)
    os.close(write)
    try:
        assert os.read(read, 1) == b"."
        yield pid
    finally:
        os.close(read)
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_files_without_a_name_are_counted(folder: Path, owner: int | None) -> None:
    with _holding(folder, owner, lambda: None) as pid:
        assert folder_holds(str(folder), _MOST_FILES, owner).bytes == 0
        time.sleep(_OLD_CENSUS_SECONDS)
        assert tree_holds(Tree(pid, owner), str(folder), _MOST_FILES).bytes >= _SIZE


def test_they_are_when_the_first_thread_has_ended(folder: Path, owner: int | None) -> None:
    def end_first_thread() -> None:
        threading.Thread(target=signal.pause).start()
        ctypes.CDLL(None).syscall(_SYS_EXIT[platform.machine()], 0)

    with _holding(folder, owner, end_first_thread) as pid:
        while not _first_thread_has_ended(pid):
            os.sched_yield()
        time.sleep(_OLD_CENSUS_SECONDS)
        assert tree_holds(Tree(pid, owner), str(folder), _MOST_FILES).bytes >= _SIZE


def _first_thread_has_ended(pid: int) -> bool:
    status = Path(f"/proc/{pid}/task/{pid}/stat").read_text(encoding="ascii")
    return status.rpartition(")")[2].split()[0] == "Z"


@as_root
def test_only_what_its_owner_sees_is_seen(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with sight.sight_of(uids.LAST_UID), pytest.raises(PermissionError):
        list(private.iterdir())
    assert list(private.iterdir()) == []


@as_root
def test_the_death_of_the_parent_is_still_heard_of() -> None:
    def look() -> bool:
        kernel.die_with_parent(signal.SIGTERM)
        with sight.sight_of(uids.LAST_UID):
            pass
        asked = ctypes.c_int()
        kernel.prctl(kernel.PR_GET_PDEATHSIG, ctypes.byref(asked))
        return asked.value == signal.SIGTERM

    _do(None, look)


# Looking again ----------------------------------------------------------------------------------

_COMES_IN: dict[str, Callable[[Path, Path], object]] = {
    "a new file": lambda folder, _: (folder / "part").touch(),
    "a folder": lambda folder, _: (folder / "inner").mkdir(),
    "a file from elsewhere": lambda folder, spare: spare.rename(folder / "part"),
    "another name of a file": lambda folder, spare: (folder / "part").hardlink_to(spare),
}


@pytest.fixture
def watched(folder: Path, owner: int | None) -> Folder:
    """The folder, which was looked through when it had been empty for long enough."""
    time.sleep(_SETTLED_SECONDS)
    made = Folder(str(folder), _MOST_FILES, owner)
    assert made.holds() == Held(0, 0)
    return made


@pytest.mark.parametrize("what", _COMES_IN)
def test_whatever_comes_into_an_empty_folder_is_found(
    folder: Path, owner: int | None, watched: Folder, what: str
) -> None:
    def come_in() -> bool:
        spare = Path(f"{folder}-spare")
        spare.touch()
        _COMES_IN[what](folder, spare)
        spare.unlink(missing_ok=True)
        return True

    assert watched.holds() == Held(0, 0)
    _do(owner, come_in)
    assert (watched.holds().files, watched.holds().files) == (1, 1)


def test_an_empty_folder_that_nobody_touches_is_not_looked_through_again(
    folder: Path, owner: int | None, watched: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def look(path: str, _most: int, _owner: int | None) -> Held:
        looks.append(path)
        return Held(1, 1)

    monkeypatch.setattr("sandbox.supervisor.folder.folder_holds", look)
    assert (watched.holds(), looks) == (Held(0, 0), [])
    _do(owner, lambda: _write(folder / "part"))
    assert (watched.holds(), looks) == (Held(1, 1), [str(folder)])


def test_a_folder_that_was_emptied_just_now_is_looked_through_again(
    folder: Path, owner: int | None, watched: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come_and_go() -> bool:
        (folder / "part").touch()
        (folder / "part").unlink()
        return True

    _do(owner, come_and_go)
    assert watched.holds() == Held(0, 0)
    monkeypatch.setattr("sandbox.supervisor.folder.folder_holds", lambda *_: Held(1, 1))
    assert watched.holds() == Held(1, 1)  # a file of the same moment would have the same stamp
