"""`python -m sandbox`, as scripts use it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.jail


def _sandbox(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _run_json(tmp_path: Path, code: str, stdin: str = "") -> tuple[int, dict[str, Any]]:
    file = tmp_path / "cell.py"
    file.write_text(code, encoding="utf-8")
    done = _sandbox("run", str(file), "--json", stdin=stdin)
    if done.returncode == 3:
        pytest.skip(done.stderr)
    return done.returncode, json.loads(done.stdout)


def test_json_holds_everything_about_a_run(tmp_path: Path) -> None:
    code = "import sys\nx = torch.ones(2, 3, requires_grad=True)\nprint(input())\nprint('e', file=sys.stderr)\nx.sum()"
    status, result = _run_json(tmp_path, code, stdin="hello\n")
    assert status == 0
    assert result["status"] == "ok"
    assert (result["exit_code"], result["signal"]) == (0, None)
    assert result["output"] == [["stdout", "hello\n"], ["stderr", "e\n"]]
    assert result["value"] == "tensor(6., grad_fn=<SumBackward0>)"
    assert result["error"] is None
    assert result["truncated"] is False
    assert result["seconds"] > 0
    assert result["peak_bytes"] >= 0
    assert result["inspection"]["tensors"] == [
        {
            "name": "x",
            "shape": [2, 3],
            "dtype": "float32",
            "device": "cpu",
            "requires_grad": True,
            "grad_fn": None,
            "bytes": 24,
        }
    ]
    assert (result["figures"], result["files"]) == ([], [])
    assert result["tier"] in "ABC"


def test_an_error_names_type_message_line_and_the_learners_lines(tmp_path: Path) -> None:
    status, result = _run_json(tmp_path, "a = 1\n\na / 0\n")
    assert status == 1
    assert result["status"] == "error"
    assert result["error"]["type"] == "ZeroDivisionError"
    assert result["error"]["message"] == "division by zero"
    assert result["error"]["line"] == 3
    assert "a / 0" in result["error"]["traceback"]


def test_a_missing_module_lists_what_is_there(tmp_path: Path) -> None:
    _, result = _run_json(tmp_path, "import pandas")
    assert "pandas is not installed here" in result["error"]["traceback"]
    assert "torch, numpy" in result["error"]["traceback"]


def test_text_mode_prints_output_value_and_traceback(tmp_path: Path) -> None:
    file = tmp_path / "cell.py"
    file.write_text("print('out')\n1 + 1", encoding="utf-8")
    done = _sandbox("run", str(file))
    if done.returncode == 3:
        pytest.skip(done.stderr)
    assert (done.returncode, done.stdout) == (0, "out\n2\n")


def test_an_unreadable_file_is_a_usage_error(tmp_path: Path) -> None:
    done = _sandbox("run", str(tmp_path / "none.py"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "none.py" in done.stderr


def test_the_doctor_names_tier_layers_limits_and_what_learners_can_write() -> None:
    done = _sandbox("doctor", "--json", "--wall-seconds", "7")
    found = json.loads(done.stdout)
    assert found["serves"] is (done.returncode == 0)
    if done.returncode == 3:
        assert found["trouble"]
        pytest.skip(found["trouble"])
    assert found["tier"] in "ABC"
    assert {layer["name"] for layer in found["layers"] if layer["on"]} >= {"Landlock", "seccomp"}
    assert all(layer["why"] for layer in found["layers"])
    assert found["limits"]["wall_seconds"] == 7
    assert found["torch"].startswith("2.")
    assert found["gpus"] == [] or found["gpus"][0].startswith("NVIDIA")
    assert set(found["writable"]) == {"its own folder", "/dev/shm"}
    assert bool(found["better"]) == (found["tier"] != "A")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_get_one_sentence_that_points_to_docker(system: str) -> None:
    script = f"import sys; sys.platform = {system!r}\nfrom sandbox.__main__ import main\nsys.exit(main(['run', 'x.py']))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert system in done.stderr
    assert "Docker" in done.stderr
