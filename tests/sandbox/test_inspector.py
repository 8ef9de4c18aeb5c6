"""What the report after a run says of the session's variables, through the real sandbox."""

import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.inspection import (
    MOST_DETAILED,
    MOST_REPORT_BYTES,
    Grid,
    Inspection,
    Sharing,
    TensorReport,
    Was,
)
from sandbox.wire import Cell, SessionRef, SessionSpec, Stream

pytestmark = pytest.mark.jail

Report = Callable[[str], Awaitable[Inspection]]


async def quiet(_stream: Stream, _text: str) -> None:
    pass


@pytest.fixture
async def executor(sandbox_socket: Path) -> AsyncIterator[LocalExecutor]:
    async with connect(sandbox_socket) as connected:
        yield connected


@pytest.fixture
async def ref(executor: LocalExecutor) -> AsyncIterator[SessionRef]:
    opened = await executor.open("learner", SessionSpec(), 20)
    yield opened
    await executor.close(opened)


@pytest.fixture
def report(executor: LocalExecutor, ref: SessionRef) -> Report:
    async def run(code: str) -> Inspection:
        result = await executor.run(ref, Cell(code), quiet)
        assert result.error is None, result.error
        assert result.inspection is not None
        return result.inspection

    return run


def named(inspection: Inspection) -> dict[str, TensorReport]:
    return {one.name: one for one in inspection.tensors}


def cells(grid: Grid | None) -> list[tuple[float, ...]]:
    assert grid is not None
    values = struct.unpack(f"<{grid.rows * grid.columns}f", grid.data)
    return [values[at : at + grid.columns] for at in range(0, len(values), grid.columns)]


# Values -------------------------------------------------------------------------------------------


async def test_a_small_tensor_is_told_exactly(report: Report) -> None:
    x = named(await report("x = torch.tensor([[1., 2.], [3., 0.]])"))["x"]
    assert (x.min, x.mean, x.max, x.zeros, x.approximate) == (0, 1.5, 3, 1, False)
    assert x.std == pytest.approx(1.2909944)
    assert x.values == "[[1, 2],\n [3, 0]]"
    assert cells(x.grid) == [(1, 2), (3, 0)]
    assert x.histogram is not None
    assert (x.histogram.low, x.histogram.high, sum(x.histogram.counts)) == (0, 3, 4)
    assert (x.strides, x.storage_bytes, x.is_leaf, x.kind) == ((2, 1), 16, True, "Tensor")


async def test_nan_and_inf_are_counted_and_kept_out_of_the_rest(report: Report) -> None:
    x = named(await report("x = torch.tensor([1., float('nan'), float('inf'), 3.])"))["x"]
    assert (x.nan, x.inf, x.min, x.mean, x.max) == (1, 1, 1, 2, 3)


async def test_one_nan_among_a_million_is_found_and_beyond_that_the_count_is_of_a_sample(
    report: Report,
) -> None:
    code = (
        "x = torch.ones(1024, 1024)\nx[517, 301] = float('nan')\n"
        "y = torch.arange(4_000_000, dtype=torch.float32).view(2000, 2000)"
    )
    seen = named(await report(code))
    assert (seen["x"].nan, seen["x"].approximate, seen["x"].mean) == (1, False, 1)
    assert seen["y"].approximate
    assert seen["y"].mean == pytest.approx(2e6, rel=0.05)


async def test_a_grid_leaves_out_rows_and_says_in_what_step(report: Report) -> None:
    x = named(await report("x = torch.arange(100 * 30.).view(100, 30)"))["x"]
    assert x.grid is not None
    assert x.grid.rows * x.grid.columns <= 576
    rows = cells(x.grid)
    step, across = x.grid.row_step, x.grid.column_step
    assert rows[2][3] == 2 * step * 30 + 3 * across


async def test_of_more_than_two_dimensions_the_first_slice_is_shown(report: Report) -> None:
    x = named(await report("x = torch.arange(24.).view(2, 3, 4)"))["x"]
    assert cells(x.grid)[2] == (8, 9, 10, 11)
    assert x.grid is not None
    assert x.grid.index == (0,)


@pytest.mark.parametrize(
    ("code", "size", "first"),
    [
        ("torch.linspace(0, 1, 64).view(1, 8, 8)", (8, 8, 1), 0),
        ("torch.ones(3, 8, 9)", (9, 8, 3), 255),
        ("torch.full((10, 8, 3), 7, dtype=torch.uint8)", (8, 10, 3), 7),
        ("torch.ones(3, 200, 100)", (20, 40, 3), 255),
    ],
)
async def test_what_looks_like_an_image_gets_a_preview(
    report: Report, code: str, size: tuple[int, int, int], first: int
) -> None:
    preview = named(await report(f"x = {code}"))["x"].preview
    assert preview is not None
    assert (preview.width, preview.height, preview.channels) == size
    assert len(preview.data) == preview.width * preview.height * preview.channels
    assert preview.data[0] == first


async def test_a_batch_of_three_matrices_with_other_values_is_no_image(report: Report) -> None:
    x = named(await report("x = torch.arange(300.).view(3, 10, 10)"))["x"]
    assert (x.preview, x.grid is None) == (None, False)


@pytest.mark.parametrize(
    ("code", "dtype", "layout", "values"),
    [
        ("torch.eye(2).to_sparse()", "float32", "sparse_coo", None),
        ("torch.ones(2, device='meta')", "float32", "strided", None),
        ("torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])", "float32", "nested", None),
        ("torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)", "qint8", "strided", None),
        ("torch.tensor([1 + 2j]).conj()", "complex64", "strided", "[(1-2j)]"),
        ("torch.tensor([True, False])", "bool", "strided", "[True, False]"),
        ("torch.tensor([1.5]).half()", "float16", "strided", "[1.5]"),
        ("torch.tensor([1.5]).bfloat16()", "bfloat16", "strided", "[1.5]"),
        ("torch.tensor([1.5]).to(torch.float8_e5m2)", "float8_e5m2", "strided", "[1.5]"),
        ("torch.tensor(2)", "int64", "strided", "2"),
        ("torch.empty(0, 3)", "float32", "strided", None),
        ("np.arange(3)[::-1]", "int64", "strided", "[2, 1, 0]"),
        ("np.array([object()])", "object", "strided", None),
    ],
)
async def test_every_kind_of_tensor_has_metadata_and_what_values_can_be_read(
    report: Report, code: str, dtype: str, layout: str, values: str | None
) -> None:
    x = named(await report(f"import numpy as np\nx = {code}"))["x"]
    assert (x.dtype, x.layout, x.values) == (dtype, layout, values)


async def test_a_tensor_that_was_looked_at_can_still_be_resized(report: Report) -> None:
    await report("x = torch.ones(3)")
    assert named(await report("x.resize_(1000)"))["x"].shape == (1000,)


async def test_a_storage_that_was_shrunk_is_not_read_beyond_its_end(report: Report) -> None:
    x = named(await report("x = torch.ones(1 << 22)\nx.untyped_storage().resize_(0)"))["x"]
    assert (x.mean, x.bytes) == (None, 0) or x.storage_bytes is None


# Containers, modules, optimisers ------------------------------------------------------------------


async def test_tensors_are_found_one_level_into_containers(report: Report) -> None:
    code = """
from dataclasses import dataclass
@dataclass
class Pair:
    left: torch.Tensor
    right: torch.Tensor
@dataclass(slots=True)
class Slotted:
    only: torch.Tensor
own = torch.ones(1)
batch = {"image": torch.ones(2), 7: torch.ones(3), "own": own, "deep": [torch.ones(9)]}
both = (torch.ones(4), [torch.ones(9)])
pair = Pair(torch.ones(5), own)
slotted = Slotted(torch.ones(6))
"""
    seen = named(await report(code))
    assert list(seen) == [
        *("own", "batch['image']", "batch[7]", "both[0]", "pair.left", "slotted.only"),
    ]
    assert seen["own"].same_as == ("batch['own']", "pair.right")


async def test_a_module_is_summed_up_with_shared_parameters_counted_once(report: Report) -> None:
    code = """
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3))
net[2].weight.requires_grad_(False)
tied = torch.nn.ModuleList([net[0], net[0]])
optimiser = torch.optim.Adam(net.parameters(), lr=0.25)
"""
    inspection = await report(code)
    net, tied = inspection.modules
    assert (net.name, net.kind, net.parameters, net.trainable) == ("net", "Sequential", 31, 19)
    assert (net.bytes, net.training) == (124, True)
    assert [(row.name, row.kind, row.parameters) for row in net.rows] == [
        ("0", "Linear", 16),
        ("1", "ReLU", 0),
        ("2", "Linear", 15),
    ]
    assert (tied.parameters, len(tied.rows)) == (16, 2)
    (optimiser,) = inspection.optimizers
    assert (optimiser.kind, optimiser.learning_rates, optimiser.tensors) == ("Adam", (0.25,), 4)
    assert optimiser.state_bytes == 0


async def test_a_training_step_changes_module_and_optimiser_in_place(report: Report) -> None:
    await report("net = torch.nn.Linear(3, 1)\nby = torch.optim.Adam(net.parameters())")
    still = await report("1")
    assert (still.modules[0].change, still.optimizers[0].change) == ("unchanged", "unchanged")
    trained = await report("net(torch.ones(2, 3)).sum().backward()\nby.step()")
    assert (trained.modules[0].change, trained.optimizers[0].change) == ("in_place", "in_place")
    assert trained.optimizers[0].state_bytes == 2 * 4 * 4 + 2 * 4
    assert (await report("net = torch.nn.Linear(3, 1)")).modules[0].change == "rebound"


# Differences --------------------------------------------------------------------------------------


async def test_it_tells_new_rebound_in_place_unchanged_and_deleted(report: Report) -> None:
    await report("a = torch.ones(3)\nb = torch.ones(3)\nc = torch.ones(3)\nd = torch.ones(3)")
    inspection = await report("b = b + 1\nc.add_(1)\nc.add_(1)\ndel d\ne = torch.ones(3)")
    seen = named(inspection)
    assert {name: one.change for name, one in seen.items()} == {
        "a": "unchanged",
        "b": "rebound",
        "c": "in_place",
        "e": "new",
    }
    assert seen["c"].writes == 2
    assert inspection.deleted == ("d",)
    again = await report("1")
    assert {one.change for one in again.tensors} == {"unchanged"}
    assert again.deleted == ()


async def test_only_the_view_that_was_written_to_counts_as_changed(report: Report) -> None:
    await report("x = torch.zeros(4)\nfirst = x[:2]\nlast = x[2:]")
    seen = named(await report("last += 1"))
    assert {name: one.change for name, one in seen.items()} == {
        "x": "in_place",
        "first": "unchanged",
        "last": "in_place",
    }


async def test_writes_that_torch_does_not_count_are_seen(report: Report) -> None:
    await report("import numpy as np\na = np.zeros(3)\nx = torch.from_numpy(a)\ny = torch.ones(2)")
    seen = named(await report("a[1] = 5\ny.data.mul_(3)"))
    assert [(one.change, one.writes) for one in seen.values()] == [("in_place", 0)] * 3


async def test_what_was_different_is_told(report: Report) -> None:
    await report("x = torch.ones(3)\ny = torch.ones(2, 3)\nz = torch.ones(1)")
    seen = named(await report("x = x.double()\ny.resize_(3, 2)\nz.requires_grad_()"))
    assert seen["x"].was == Was(dtype="float32")
    assert (seen["y"].change, seen["y"].was) == ("in_place", Was(shape=(2, 3)))
    assert (seen["z"].change, seen["z"].was) == ("in_place", Was(requires_grad=False))


async def test_a_gradient_appears_is_zeroed_and_goes(report: Report) -> None:
    await report("x = torch.tensor([3., 4.], requires_grad=True)")
    changes = []
    for code in (
        "(x * x / 2).sum().backward()",
        "1",
        "(x * x / 2).sum().backward()",
        "x.grad.zero_()",
        "x.grad = None",
        "1",
    ):
        gradient = named(await report(code))["x"].gradient
        changes.append(gradient and (gradient.change, gradient.norm))
    assert changes == [
        ("appeared", 5),
        ("unchanged", 5),
        ("changed", 10),
        ("zeroed", 0),
        ("gone", None),
        None,
    ]


async def test_the_inspector_keeps_nothing_alive_and_takes_no_successor_for_the_same(
    executor: LocalExecutor, ref: SessionRef, report: Report
) -> None:
    await report("import weakref\nx = torch.ones(3)\ngone = weakref.ref(x)")
    result = await executor.run(ref, Cell("del x\ngone() is None"), quiet)
    assert result.value == "True"
    for _ in range(5):  # an address is soon used again, and an id with it
        assert named(await report("x = torch.ones(3)"))["x"].change != "in_place"


# Relations ----------------------------------------------------------------------------------------


async def test_it_tells_one_object_from_shared_memory_and_whether_writes_show(
    report: Report,
) -> None:
    code = """
import numpy as np
x = torch.zeros(4, 6)
same = x
turned = x.T
even = x[:, ::2]
odd = x[:, 1::2]
apart = x.clone()
array = x.numpy()
"""
    seen = named(await report(code))
    assert (seen["x"].same_as, seen["same"].same_as) == (("same",), ("x",))
    assert set(seen["x"].shares_with) == {
        *(Sharing(name, True) for name in ("turned", "even", "odd", "array")),
    }
    assert Sharing("odd", False) in seen["even"].shares_with
    assert Sharing("turned", True) in seen["even"].shares_with
    assert seen["apart"].shares_with == ()
    assert Sharing("x", True) in seen["array"].shares_with
    assert (seen["turned"].contiguous, seen["turned"].is_leaf) == (False, True)


# Many and large -----------------------------------------------------------------------------------


async def test_of_many_tensors_those_that_changed_are_described(report: Report) -> None:
    first = await report("for n in range(200): globals()[f'x{n}'] = torch.ones(64, 64)\ndel n")
    assert [one.name for one in first.tensors] == [f"x{n}" for n in range(MOST_DETAILED)]
    assert first.omitted == 200 - MOST_DETAILED
    later = await report("x190.add_(1)\nx150 = x150 + 1")
    changed = [one.name for one in later.tensors if one.change != "unchanged"]
    assert changed == ["x150", "x190"]
    assert len(later.tensors) == MOST_DETAILED


async def test_a_report_stays_short_and_leaves_out_unchanged_pictures_first(
    report: Report,
) -> None:
    code = "for n in range(24): globals()[f'image{n}'] = torch.rand(3, 64, 64)\ndel n"
    first = await report(code)
    assert len(msgspec.msgpack.encode(first)) <= MOST_REPORT_BYTES
    assert 0 < sum(one.preview is not None for one in first.tensors) < 24
    later = named(await report("image22.mul_(0.5)\nimage23.mul_(0.5)"))
    assert [name for name, one in later.items() if one.preview][-2:] == ["image22", "image23"]


async def test_ten_thousand_names_and_giants_cost_no_more_than_their_metadata(
    report: Report,
) -> None:
    code = """
small = torch.ones(3)
huge = torch.ones(1).expand(10**6, 10**6)
vast = torch.ones(10**7)
for n in range(10_000): globals()[f'n{n}'] = n
"""
    seen = named(await report(code))
    assert seen["small"].values == "[1, 1, 1]"
    assert (seen["huge"].bytes, seen["huge"].shape) == (4, (10**6, 10**6))
    assert seen["vast"].shape == (10**7,)
    flood = await report("for n in range(10_000): globals()[f't{n}'] = torch.ones(3)\n")
    assert len(flood.tensors) == MOST_DETAILED
    assert flood.omitted == 10_003 - MOST_DETAILED
