"""The way to where code runs: a sandbox of our own or somebody's, made anew when it is lost."""

from bot.executor.embedded import embedded
from bot.executor.reachable import Link, Reachable

__all__ = ["Link", "Reachable", "embedded"]
