"""What the driver's tools tell is read whatever they say, and it is told what lacks."""

import sys
from pathlib import Path

import pytest

from bot.operations import gpu_check as module
from bot.operations.gpu_check import Hardware, Use, gpu_check, look_at_hardware

H100 = Hardware(("NVIDIA H100 80GB HBM3, 81559 MiB",), "570.86.15", "1.17.4", None)
NOWHERE = Path("/nowhere")


def use(slots: int | None = 1, device: str = "auto", cuda: str | None = "13.0") -> Use:
    return Use(device=device, slots=slots, cuda=cuda, is_known=True)


def tool(folder: Path, name: str, says: str, status: int = 0, *, seconds: float = 0) -> None:
    script = f"#!{sys.executable}\nimport sys, time\ntime.sleep({seconds})\n"
    script += f"sys.stdout.write({says!r})\nsys.exit({status})\n"
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)


async def look(folder: Path, module: Path = NOWHERE) -> Hardware:
    return await look_at_hardware({"PATH": str(folder)}, module)


async def test_what_the_tools_tell_is_read(tmp_path: Path) -> None:
    rows = "NVIDIA H100 80GB HBM3, 570.86.15, 81559 MiB\nNVIDIA A10, 570.86.15, 23028 MiB\n"
    tool(tmp_path, "nvidia-smi", rows)
    tool(tmp_path, "nvidia-ctk", "NVIDIA Container Toolkit CLI version 1.17.4\ncommit: 9b69590\n")
    seen = await look(tmp_path)
    assert seen.gpus == ("NVIDIA H100 80GB HBM3, 81559 MiB", "NVIDIA A10, 23028 MiB")
    assert (seen.driver, seen.toolkit, seen.trouble) == ("570.86.15", "1.17.4", None)


async def test_without_tools_there_is_nothing(tmp_path: Path) -> None:
    assert await look(tmp_path) == Hardware()


async def test_the_driver_is_known_without_its_tools(tmp_path: Path) -> None:
    version = tmp_path / "version"
    version.write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Thu Jan 2 2026\n"
    )
    assert (await look(tmp_path, version)).driver == "570.86.15"


async def test_a_tool_that_fails_is_told_in_its_words(tmp_path: Path) -> None:
    tool(tmp_path, "nvidia-smi", "Failed to initialize NVML: Driver/library version mismatch\n", 18)
    seen = await look(tmp_path)
    assert seen.trouble == (
        "nvidia-smi fails: Failed to initialize NVML: Driver/library version mismatch"
    )
    found = gpu_check(seen, use())
    assert found.state == "wrong"
    assert "mismatch" in found.found


async def test_a_tool_that_hangs_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.3)
    tool(tmp_path, "nvidia-smi", "", seconds=60)
    assert "does not answer" in ((await look(tmp_path)).trouble or "")


@pytest.mark.parametrize("says", ["", "\n\n", "No devices were found\n", ",,,\n", "\x00\xff" * 99])
async def test_odd_words_of_a_tool_are_no_gpu(tmp_path: Path, says: str) -> None:
    tool(tmp_path, "nvidia-smi", says)
    tool(tmp_path, "nvidia-ctk", says)
    assert await look(tmp_path) == Hardware()


def test_without_a_gpu_code_runs_on_the_cpu() -> None:
    for device in ("auto", "cpu"):
        found = gpu_check(Hardware(), use(0, device, None))
        assert (found.state, found.found) == ("off", "none here: code runs on the CPU")


def test_a_gpu_that_is_wanted_and_not_there_is_wrong() -> None:
    found = gpu_check(Hardware(), use(None, "cuda", None))
    assert found.state == "wrong"
    assert "device: auto" in found.advice[0]


def test_a_gpu_that_is_offered_is_well_with_all_versions() -> None:
    found = gpu_check(H100, use(2))
    assert (found.state, found.advice) == ("well", ())
    assert found.found == (
        "NVIDIA H100 80GB HBM3, 81559 MiB, driver 570.86.15, NVIDIA Container Toolkit 1.17.4, 2 slots"
    )
    assert found.facts["container_toolkit"] == "1.17.4"


def test_a_gpu_that_only_the_sandbox_sees_is_well() -> None:
    found = gpu_check(Hardware(), Use("auto", 1, None, is_known=False))
    assert found.state == "well"
    assert "seen by the sandbox alone" in found.found


def test_a_gpu_that_is_not_offered_is_wrong_unless_that_is_wanted() -> None:
    found = gpu_check(H100, use(0, "auto", None))
    assert found.state == "wrong"
    assert "without CUDA" in found.advice[0]
    found = gpu_check(H100, Use("auto", 0, None, is_known=False))
    assert "CPU override" in found.advice[0]
    found = gpu_check(H100, use(0, "cpu", None))
    assert found.state == "well"
    assert "not used" in found.found


def test_without_the_container_toolkit_it_is_told_what_docker_needs() -> None:
    found = gpu_check(Hardware(H100.gpus, H100.driver, None, None), use())
    assert found.state == "well"
    assert "nvidia-ctk" in found.advice[0]
