"""What `docker run` would ask of runc: the same flags, as an OCI bundle's config.json."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_ARCHITECTURES = {
    "x86_64": ("amd64", "SCMP_ARCH_X86_64"),
    "aarch64": ("arm64", "SCMP_ARCH_AARCH64"),
}
_ALONE = ("--read-only", "--init")
_NAMESPACES = ("pid", "network", "ipc", "uts", "mount")
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MASKED = (
    *("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats"),
    *("/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"),
)
_READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


class Unknown(Exception):  # noqa: N818
    """A flag that nobody has translated yet."""


def config(
    command: Sequence[str], flags: Sequence[str], profile: Path, rootfs: Path
) -> dict[str, Any]:
    """Return the config.json for `command` with Docker's `flags` and its seccomp `profile`.

    Raises Unknown for a flag not known here. Only what needs a cgroup is left out, `--memory` and
    `--pids-limit`: the sandbox's own limits have to hold without it.
    """
    asked = _Asked(flags)
    capabilities = [f"CAP_{name}" for name in asked.every("--cap-add")]
    front = ["/usr/bin/docker-init", "--"] if asked.has("--init") else []
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": [*front, *command],
            "env": [_PATH, *asked.every("--env")],
            "cwd": asked.one("--workdir", "/"),
            "capabilities": dict.fromkeys(("bounding", "effective", "permitted"), capabilities),
            "noNewPrivileges": "no-new-privileges:true" in asked.every("--security-opt"),
            "rlimits": [_rlimit(limit) for limit in asked.every("--ulimit")],
        },
        "root": {"path": str(rootfs), "readonly": asked.has("--read-only")},
        "mounts": [*_system(asked.one("--shm-size", "64m")), *_asked_mounts(asked)],
        "linux": {
            "namespaces": [{"type": name} for name in _NAMESPACES],
            "seccomp": seccomp(json.loads(profile.read_text("utf-8")), frozenset(capabilities)),
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "maskedPaths": list(_MASKED),
            "readonlyPaths": list(_READ_ONLY),
        },
    }


class _Asked:
    """Docker's flags, by name."""

    _known = frozenset(
        {
            *("--network", "--cap-drop", "--cap-add", "--security-opt", "--tmpfs", "--shm-size"),
            *("--pids-limit", "--memory", "--memory-swap", "--volume", "--workdir", "--env"),
            "--ulimit",
        }
    )

    def __init__(self, flags: Sequence[str]) -> None:
        self._alone: set[str] = set()
        self._pairs: list[tuple[str, str]] = []
        rest = iter(flags)
        for name in rest:
            if name in _ALONE:
                self._alone.add(name)
            elif name in self._known:
                self._pairs.append((name, next(rest)))
            else:
                raise Unknown(name)
        if self.every("--network") != ["none"] or self.every("--cap-drop") != ["ALL"]:
            raise Unknown("a network, or capabilities that were not dropped")

    def has(self, name: str) -> bool:
        return name in self._alone

    def every(self, name: str) -> list[str]:
        return [value for known, value in self._pairs if known == name]

    def one(self, name: str, usual: str) -> str:
        return [usual, *self.every(name)][-1]


def _rlimit(limit: str) -> dict[str, Any]:
    name, _, values = limit.partition("=")
    soft, _, hard = values.partition(":")
    return {"type": f"RLIMIT_{name.upper()}", "soft": int(soft), "hard": int(hard or soft)}


def _system(shared_memory: str) -> list[dict[str, Any]]:
    closed = ["nosuid", "noexec", "nodev"]
    return [
        _mount("/proc", "proc", closed),
        _mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        _mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666"]),
        _mount("/dev/shm", "tmpfs", [*closed, "mode=1777", f"size={shared_memory}"]),
        _mount("/dev/mqueue", "mqueue", closed),
        _mount("/sys", "sysfs", [*closed, "ro"]),
    ]


def _asked_mounts(asked: _Asked) -> Iterator[dict[str, Any]]:
    for flag in asked.every("--tmpfs"):
        path, _, options = flag.partition(":")
        yield _mount(path, "tmpfs", ["nosuid", "noexec", "nodev", *options.split(",")])
    for flag in asked.every("--volume"):
        source, place, *mode = flag.split(":")
        bound = ["rbind", "rprivate", *mode]
        yield {"destination": place, "type": "bind", "source": source, "options": bound}


def _mount(path: str, kind: str, options: list[str]) -> dict[str, Any]:
    return {"destination": path, "type": kind, "source": kind, "options": options}


def seccomp(profile: Mapping[str, Any], capabilities: frozenset[str]) -> dict[str, Any]:
    """Return Docker's `profile` as OCI wants it: only the rules that apply on this machine."""
    architecture, ours = _ARCHITECTURES[platform.machine()]
    others = next(
        entry["subArchitectures"] or []
        for entry in profile["archMap"]
        if entry["architecture"] == ours
    )
    return {
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile["defaultErrnoRet"],
        "architectures": [ours, *others],
        "syscalls": [
            {key: rule[key] for key in ("names", "action", "errnoRet", "args") if key in rule}
            for rule in profile["syscalls"]
            if _applies(rule, architecture, capabilities)
        ],
    }


def _applies(rule: Mapping[str, Any], architecture: str, capabilities: frozenset[str]) -> bool:
    wanted, refused = rule.get("includes", {}), rule.get("excludes", {})
    return (
        capabilities >= set(wanted.get("caps", ()))
        and architecture in wanted.get("arches", (architecture,))
        and _version(wanted.get("minKernel", "0")) <= _version(os.uname().release)
        and not capabilities & set(refused.get("caps", ()))
        and architecture not in refused.get("arches", ())
    )


def _version(text: str) -> tuple[int, ...]:
    numbers = text.partition("-")[0].split(".")[:2]
    return tuple(int(number) for number in numbers)
