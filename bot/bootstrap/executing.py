"""The way to where code runs: a sandbox that is there or one of our own, and who is let in to it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from bot.admission import Admission
from bot.config import OF_ONE_LEARNER, Config, Sandbox
from bot.executor import Link, Reachable, embedded
from sandbox.client import Executor, connect
from sandbox.wire import SessionSpec


@asynccontextmanager
async def reachable(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Reachable]:
    executor = Reachable(_link(config, environ))
    executor.start()
    try:
        yield executor
    finally:
        await executor.aclose()


@asynccontextmanager
async def admitting(config: Config, executor: Executor) -> AsyncIterator[Admission]:
    admission = Admission(executor, spec=SessionSpec(device=config.sandbox.device))
    try:
        yield admission
    finally:
        await admission.aclose()


def _link(config: Config, environ: Mapping[str, str]) -> Callable[[], Link]:
    socket = config.sandbox.socket
    if socket is not None:
        return lambda: connect(socket)
    flags = [*sandbox_flags(config.sandbox), "--log-level", config.logs.level]
    return lambda: embedded(flags, environ)  # its lines become ours


def sandbox_flags(sandbox: Sandbox) -> list[str]:
    """Return the device and the limits as the sandbox's command line takes them."""
    return _flags({"device": sandbox.device, **sandbox.limits.model_dump()})


def limit_flags(sandbox: Sandbox) -> list[str]:
    """Return what one learner's code may use, as the command line of `sandbox doctor` takes it."""
    return _flags(sandbox.limits.model_dump(include=OF_ONE_LEARNER))


def _flags(settings: Mapping[str, object]) -> list[str]:
    return [
        word
        for name, value in settings.items()
        if value is not None
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
