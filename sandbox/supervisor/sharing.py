"""What a tree of processes really holds, each shared page counted once: slow to ask, so asked on suspicion."""

from collections.abc import Iterable

from sandbox.jail.sight import sight_of

_COUNTED = ("Pss_Anon:", "Pss_Shmem:")


def proportional_bytes(
    pids: Iterable[int], baseline_bytes: int, owner: int | None = None
) -> int | None:
    """Return the anonymous and shared memory of `pids` beyond one baseline, in bytes.

    The kernel divides each page by how many processes map it (proc(5), smaps_rollup), which takes
    it about a millisecond for each process. None where `owner`, with None we, may not look.
    """
    with sight_of(owner):
        return _proportional_bytes(pids, baseline_bytes)


def _proportional_bytes(pids: Iterable[int], baseline_bytes: int) -> int | None:
    held = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as rollup:
                lines = rollup.readlines()
        except PermissionError:
            return None
        except OSError:
            continue
        held += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_COUNTED))
    return max(0, held - baseline_bytes)
