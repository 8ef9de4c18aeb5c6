"""A warm ipykernel, which has no walls: what everything is compared with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

_START_SECONDS = 60


class Jupyter:
    """One kernel, and what it holds of memory."""

    def __init__(self, manager: AsyncKernelManager, kernel: AsyncKernelClient) -> None:
        self._manager = manager
        self._kernel = kernel

    async def run(self, code: str) -> None:
        """Execute `code`, which must succeed, and wait for its reply and its output."""
        reply = await self._kernel.execute_interactive(code, output_hook=lambda _: None)
        if reply["content"]["status"] != "ok":
            raise SystemExit(f"a benchmark cell failed in Jupyter: {reply['content']}")

    def bytes(self) -> int:
        """Return the kernel's proportional share of memory."""
        assert self._manager.provisioner is not None
        rollup = Path(f"/proc/{self._manager.provisioner.pid}/smaps_rollup")
        for line in rollup.read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        raise SystemExit("the kernel has ended")


@asynccontextmanager
async def jupyter() -> AsyncIterator[Jupyter]:
    """Start a kernel; end it afterwards."""
    manager = AsyncKernelManager(kernel_name="python3")
    await manager.start_kernel()
    kernel = manager.client()
    kernel.start_channels()
    try:
        await kernel.wait_for_ready(timeout=_START_SECONDS)
        yield Jupyter(manager, kernel)
    finally:
        kernel.stop_channels()
        await manager.shutdown_kernel(now=True)
