"""A look at one tensor in depth: what it answers, and that nothing of the session moves by it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.inspection import MOST_GRAPH_NODES, Detail, GraphNode, Look, TensorReport
from sandbox.wire import Cell, RunResult, SessionLost, SessionRef, SessionSpec, Stream

pytestmark = pytest.mark.jail


async def quiet(_stream: Stream, _text: str) -> None:
    pass


class Learner:
    """A session, and looks at it."""

    def __init__(self, executor: LocalExecutor, ref: SessionRef) -> None:
        self._executor = executor
        self.ref = ref

    async def run(self, code: str, *, rewind: bool = False) -> RunResult:
        return await self._executor.run(self.ref, Cell(code, rewind=rewind), quiet)

    async def look(self, name: str, *index: int) -> RunResult:
        return await self._executor.run(self.ref, Cell("", look=Look(name, index)), quiet)

    async def detail(self, name: str, *index: int) -> Detail:
        result = await self.look(name, *index)
        assert (result.status, result.output, result.value) == ("ok", (), None)
        assert result.inspection is not None
        assert result.inspection.tensors == ()
        assert result.inspection.detail is not None
        return result.inspection.detail

    async def report(self, code: str, name: str) -> TensorReport:
        result = await self.run(code)
        assert result.inspection is not None
        return next(one for one in result.inspection.tensors if one.name == name)


@pytest.fixture
async def learner(sandbox_socket: Path) -> AsyncIterator[Learner]:
    async with connect(sandbox_socket) as executor:
        ref = await executor.open("learner", SessionSpec(), 20)
        yield Learner(executor, ref)
        await executor.close(ref)


async def test_a_look_shows_the_chosen_slice_larger(learner: Learner) -> None:
    await learner.run("x = torch.arange(2 * 3 * 50 * 50).view(2, 3, 50, 50)")
    detail = await learner.detail("x", 1, 2)
    grid = detail.report.grid
    assert grid is not None
    assert (detail.index, grid.index, grid.rows, grid.columns) == ((1, 2), (1, 2), 50, 50)
    assert grid.data[:4] == b"\0\x50\x43\x46"  # 12,500 as a float


async def test_missing_indices_are_0_and_those_out_of_range_the_last(learner: Learner) -> None:
    await learner.run("x = torch.zeros(2, 3, 4, 5)")
    assert (await learner.detail("x", 9)).index == (1, 0)
    assert (await learner.detail("x", -4, 99, 7)).index == (0, 2)


async def test_the_chosen_image_of_a_batch_is_shown(learner: Learner) -> None:
    await learner.run("x = torch.zeros(3, 1, 9, 8)\nx[2] = 1")
    for index, first in ((0, 0), (2, 255)):
        preview = (await learner.detail("x", index)).report.preview
        assert preview is not None
        assert (preview.width, preview.height, preview.data[0]) == (8, 9, first)
    assert (await learner.report("1", "x")).preview is None


async def test_the_graph_names_variables_leaves_and_shapes(learner: Learner) -> None:
    await learner.run(
        "net = torch.nn.Linear(3, 1)\n"
        "x = torch.ones(2, 3, requires_grad=True)\n"
        "hidden = (x * x).relu()\n"
        "loss = net(hidden).mean()"
    )
    graph = (await learner.detail("loss")).graph
    assert graph[0].name == "MeanBackward0"
    assert (graph[0].variable, graph[0].shape) == ("loss", ())
    by_variable = {node.variable: node for node in graph if node.variable}
    assert by_variable["x"] == GraphNode(None, "x", (2, 3))
    assert by_variable["net.weight"].shape == (1, 3)
    assert (by_variable["hidden"].name, by_variable["hidden"].shape) == ("ReluBackward0", (2, 3))
    product = next(node for node in graph if node.name == "MulBackward0")
    assert (product.variable, product.shape) == (None, (2, 3))
    for position, node in enumerate(graph):
        assert all(position < other < len(graph) for other in node.inputs)


async def test_a_long_graph_is_cut_near_the_tensor_and_the_rest_counted(learner: Learner) -> None:
    await learner.run(
        "w = torch.ones(2, requires_grad=True)\nx = w\nfor _ in range(50_000): x = x * w"
    )
    detail = await learner.detail("x")
    assert len(detail.graph) == MOST_GRAPH_NODES
    assert detail.graph[0].variable == "x"
    assert "w" in {node.variable for node in detail.graph}
    assert detail.more_nodes > MOST_GRAPH_NODES


async def test_a_leaf_is_its_own_graph_and_what_needs_no_gradient_has_none(
    learner: Learner,
) -> None:
    await learner.run("w = torch.ones(2, requires_grad=True)\nx = torch.ones(2)\nimport numpy as a")
    assert (await learner.detail("w")).graph == (GraphNode(None, "w", (2,)),)
    assert (await learner.detail("x")).graph == ()


async def test_elements_and_second_names_can_be_looked_at(learner: Learner) -> None:
    await learner.run("x = torch.ones(2)\nbatch = {'image': torch.ones(5), 'x': x}")
    assert (await learner.detail("batch['image']")).report.shape == (5,)
    assert (await learner.detail("batch['x']")).report.shape == (2,)


@pytest.mark.parametrize("name", ["nothing", "", "torch", "_x", "x.shape", "x[0]", "\ud7ff" * 500])
async def test_what_is_no_tensor_has_no_detail(learner: Learner, name: str) -> None:
    await learner.run("x = torch.ones(2)\n_x = torch.ones(2)")
    result = await learner.look(name)
    assert (result.status, result.alive) == ("ok", True)
    assert result.inspection is not None
    assert result.inspection.detail is None


async def test_a_look_is_in_no_difference_and_repeats_what_the_last_report_said(
    learner: Learner,
) -> None:
    await learner.run("x = torch.ones(2)")
    await learner.run("x.add_(1)")
    for _ in range(2):
        report = (await learner.detail("x")).report
        assert (report.change, report.writes) == ("in_place", 1)
    assert (await learner.report("x.add_(1); x.add_(1)", "x")).writes == 2


async def test_an_edited_cell_runs_on_the_state_before_it_in_spite_of_a_look(
    learner: Learner,
) -> None:
    await learner.run("x = torch.ones(1)")
    await asyncio.sleep(0.3)
    await learner.run("x += 10")
    await learner.look("x")
    await asyncio.sleep(0.1)
    await learner.look("x")
    edited = await learner.run("x += 5; x.item()", rewind=True)
    assert (edited.rewound, edited.value) == (True, "6.0")


async def test_a_killed_cell_is_undone_to_the_state_that_was_looked_at(learner: Learner) -> None:
    await learner.run("x = torch.ones(1)")
    await asyncio.sleep(0.3)
    await learner.look("x")
    killed = await learner.run("x += 10\nimport os; os._exit(1)")
    assert (killed.alive, killed.restored) == (True, True)
    assert (await learner.run("x.item()")).value == "1.0"


async def test_a_look_right_after_a_cell_and_one_after_a_long_rest_are_answered(
    learner: Learner,
) -> None:
    await learner.run("import threading, time\nx = torch.ones(1)")
    await learner.run(
        "def talk():\n    while True: print('still here'); time.sleep(0.01)\n"
        "threading.Thread(target=talk, daemon=True).start()"
    )
    assert (await learner.detail("x")).report.shape == (1,)
    await asyncio.sleep(1)  # such a session is stopped while it rests
    assert (await learner.detail("x")).report.shape == (1,)
    assert (await learner.run("x.item()")).value == "1.0"


async def test_looks_wait_for_the_cell_that_runs(learner: Learner) -> None:
    running = asyncio.create_task(learner.run("import time; time.sleep(0.5); x = torch.ones(7)"))
    await asyncio.sleep(0.1)
    assert (await learner.detail("x")).report.shape == (7,)
    assert (await running).status == "ok"


async def test_a_look_at_a_session_that_is_gone_says_so(learner: Learner) -> None:
    await learner.run("import os, threading\nthreading.Timer(0.2, os.abort).start()")
    for _ in range(50):
        try:
            result = await learner.look("x")
        except SessionLost:
            return
        if not result.alive:
            return
        await asyncio.sleep(0.05)
    pytest.fail("the session still answers")
