"""Do once, before any fork, what the first cell of a learner would otherwise wait for."""

import asyncio
import contextlib
import io
import os
import random
import traceback

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch._dynamo
import torch.utils.data
from matplotlib import font_manager
from torch._subclasses.fake_tensor import FakeTensorMode

from sandbox.child import failures, figures, fonts, gpu
from sandbox.child.inspector.collector import Inspector
from sandbox.inspection import Look

_ROUNDS = 2


def warm_up() -> str:
    """Take a few training steps with everything a lesson uses, and return torch's version.

    The first optimiser step imports `torch._dynamo`: about 1.7 s and 110 MB for each child that
    would have to do it alone. Every parallel operation here runs on one thread: a child forked
    after OpenMP made its pool hangs in its first parallel operation.
    """
    _set_up()
    for _ in range(_ROUNDS):
        _train()
        _touch()
        _draw()
    font_manager._get_font.cache_clear()  # type: ignore[attr-defined]  # every fork would do it, and copy the pages it frees
    torch.manual_seed(0)
    random.seed(0)
    return str(torch.__version__)


def warm_up_for_gpu() -> str:
    """Import what the first cell would wait for, compute next to nothing, and return torch's version.

    Backward would start a thread for each device, and an optimiser's step asks the CUDA runtime
    about the current stream: no child forked after either could use its GPU. Raises GpuBroken if
    something has touched CUDA all the same.
    """
    _set_up()
    _draw()
    font_manager._get_font.cache_clear()  # type: ignore[attr-defined]  # as above
    Inspector().report({"a": torch.ones(3)})
    gpu.check_untouched()
    return str(torch.__version__)


def _set_up() -> None:
    torch.set_num_threads(1)
    mpl.use("Agg")
    fonts.install()
    figures.install()
    plt.close("all")


def _train() -> None:
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(72, 3)
    )
    images, labels = torch.rand(4, 1, 8, 8), torch.randint(0, 3, (4,))
    for optimiser in (
        torch.optim.SGD(model.parameters(), lr=0.1),
        torch.optim.Adam(model.parameters()),
    ):
        for _ in range(_ROUNDS):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(model(images), labels).backward()
            optimiser.step()


def _draw() -> None:
    """The first figure looks for fonts and builds what all text is laid out with."""
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], label="loss")
    axes.set_title("손실")
    axes.legend()
    figures.pixels(figure)
    plt.close(figure)


def _inspect(tensor: torch.Tensor) -> None:
    """Look at everything that is looked at in a way of its own, twice, so that differences are too."""
    model = torch.nn.Linear(3, 3)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    model(tensor).sum().backward()
    namespace = {"a": tensor, "b": tensor.detach().T, "c": [torch.arange(3)], "d": np.ones(3)}
    namespace |= {"e": torch.rand(3, 9, 9), "f": torch.rand(130, 130, dtype=torch.bfloat16)}
    namespace |= {"g": model, "h": optimiser, "i": model(tensor)}
    inspector = Inspector()
    for _ in range(_ROUNDS):
        inspector.report(namespace)
        inspector.look(namespace, Look("i"))


def _touch() -> None:
    tensor = torch.rand(3, 3, requires_grad=True)
    repr(tensor * 2)
    torch.from_numpy(np.ones(3)).sum().item()
    _inspect(tensor)
    try:
        torch.rand(2, 3) @ torch.rand(2, 3)
    except RuntimeError as error:
        traceback.print_exception(error, file=io.StringIO())
        failures.failure_of(error, os.path.dirname(__file__))
    with FakeTensorMode(), contextlib.suppress(RuntimeError):  # lessons show mixed devices by it
        torch.ones(3) + torch.ones(3, device="cuda")
    with contextlib.closing(asyncio.new_event_loop()):
        pass
