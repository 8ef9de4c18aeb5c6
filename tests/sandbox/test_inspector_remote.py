"""The rules for tensors on other devices, with main memory treated as such a device."""

import pytest

torch = pytest.importorskip("torch")

from sandbox.child.inspector import remote  # noqa: E402
from sandbox.child.inspector.collector import Inspector  # noqa: E402
from sandbox.inspection import TensorReport  # noqa: E402


class Queue:
    """A device's queue that behaves as the test wants."""

    def __init__(self, *, works: bool = True, empty: bool = True, breaks: bool = False) -> None:
        self.asked = 0
        self._works, self._empty, self._breaks = works, empty, breaks

    def __call__(self, device: str) -> "Queue":
        self.asked += 1
        assert device == "cpu"
        return self

    def takes_work(self) -> bool:
        return self._works

    def is_empty(self) -> bool:
        if self._breaks:
            raise RuntimeError("CUDA error: device-side assert triggered")
        return self._empty


def reports(queue: Queue, **namespace: object) -> dict[str, TensorReport]:
    inspection = Inspector(queue, here=()).report(namespace)
    return {one.name: one for one in inspection.tensors}


def test_copies_tell_the_same_as_memory_read_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    joined: list[int] = []
    cat = remote._cat

    def counted(parts: list[object]) -> object:
        joined.append(len(parts))
        return cat(parts)

    monkeypatch.setattr(remote, "_cat", counted)
    namespace = {
        "small": torch.rand(3, 4),
        "turned": torch.rand(3, 4).T,
        "image": torch.rand(3, 100, 90),
        "large": torch.arange(300_000).view(1000, 300),
        "half": torch.rand(200, 200).half(),
        "brain": torch.rand(20).bfloat16(),
        "eight": torch.rand(20).to(torch.float8_e4m3fn),
        "conjugate": torch.tensor([1 + 2j]).conj(),
        "truth": torch.tensor([True, False]),
        "number": torch.tensor(4),
        "nothing": torch.empty(0),
        "thin": torch.eye(3).to_sparse(),
        "repeated": torch.ones(1).expand(1000, 1000),
    }
    queue = Queue()
    away = reports(queue, **namespace)
    here = {one.name: one for one in Inspector().report(namespace).tensors}
    assert (queue.asked, len(joined)) == (1, 1)
    assert list(away) == list(here) == list(namespace)
    for name, one in here.items():
        if one.shape in ((1000, 300), (3, 100, 90), (1000, 1000)):
            assert away[name].approximate
            assert (away[name].grid, away[name].preview) == (one.grid, one.preview)
            assert away[name].mean == pytest.approx(one.mean, rel=0.1)
        else:
            assert away[name] == one


@pytest.mark.parametrize("queue", [Queue(works=False), Queue(empty=False)])
def test_a_busy_device_is_left_alone(queue: Queue) -> None:
    x = reports(queue, x=torch.rand(3))["x"]
    assert (x.trouble, x.shape, x.values, x.grid) == ("busy", (3,), None, None)


def test_a_broken_device_is_touched_once_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue(breaks=True)
    seen = reports(queue, x=torch.rand(3), y=torch.rand(40, 500))
    assert queue.asked == 1
    assert {one.trouble for one in seen.values()} == {"device_error"}
    assert all(one.mean is None for one in seen.values())
