"""What is remembered of places rather than of learners: protocols, and a place that has nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.tutor.records import Done, Poll, ServerSettings, Tallies


class Places(Protocol):
    """Servers and who may not use the tutor. What a method has changed survives `kill -9`."""

    async def server(self, platform: str, server_id: str, /) -> ServerSettings:
        """Return the settings of a server, all defaults where nothing was set."""
        ...

    async def keep_server(
        self, platform: str, server_id: str, settings: ServerSettings, /
    ) -> None: ...

    async def is_blocked(self, platform: str, user_id: str, /) -> bool: ...

    async def block(self, platform: str, user_id: str, by_whom: str, at: datetime, /) -> None: ...

    async def unblock(self, platform: str, user_id: str, /) -> bool:
        """Let somebody in again; tell whether they had been blocked."""
        ...

    async def gpu_seconds(self, learner: int, day: date, /) -> float:
        """Return how long code of the learner has run on a GPU that day, in UTC."""
        ...

    async def add_gpu_seconds(self, learner: int, day: date, seconds: float, /) -> None: ...


class Nowhere:
    """The `Places` of a tutor without servers, such as in a terminal: nothing is set or kept."""

    async def server(self, _platform: str, _server_id: str, /) -> ServerSettings:
        return ServerSettings()

    async def keep_server(self, platform: str, _server: str, _settings: ServerSettings, /) -> None:
        raise LookupError(f"no servers are remembered here, on {platform} or elsewhere")

    async def is_blocked(self, _platform: str, _user_id: str, /) -> bool:
        return False

    async def block(self, platform: str, _user_id: str, _by_whom: str, _at: datetime, /) -> None:
        raise LookupError(f"nobody who is blocked is remembered here, on {platform} or elsewhere")

    async def unblock(self, _platform: str, _user_id: str, /) -> bool:
        return False

    async def gpu_seconds(self, _learner: int, _day: date, /) -> float:
        return 0.0

    async def add_gpu_seconds(self, _learner: int, _day: date, _seconds: float, /) -> None:
        return


@dataclass(frozen=True, slots=True)
class Change:
    """A vote that turned out to be another; None is no vote."""

    user_id: str
    was: str | None
    becomes: str | None


class Polls(Protocol):
    """Questions put to whole channels, and the votes. One person has one vote: the last."""

    async def add(self, poll: Poll, /) -> Poll:
        """Keep a new poll and return it with its id."""
        ...

    async def poll(self, poll_id: int, /) -> Poll | None: ...

    async def unclosed(self) -> tuple[Poll, ...]:
        """Return the polls that have not been closed, whether their time is up or not."""
        ...

    async def vote(self, poll_id: int, user_id: str, choice: str, at: datetime, /) -> bool:
        """Keep a vote in the place of an earlier one; False, and nothing kept, from `closes` on."""
        ...

    async def take_back(self, poll_id: int, user_id: str, choice: str, at: datetime, /) -> None:
        """Forget a vote if it is for `choice` and its poll is still open."""
        ...

    async def votes(self, poll_id: int, /) -> Mapping[str, str]:
        """Return who voted for what."""
        ...

    async def change(self, poll_id: int, changes: Sequence[Change], at: datetime, /) -> None:
        """Change votes, each only if it still is what it was, while the poll is not closed."""
        ...

    async def close(self, poll_id: int, /) -> None: ...


class Activity(Protocol):
    """What everybody did. With a server, only what was done there."""

    def done(self, platform: str = "", server_id: str = "", /) -> AsyncIterator[Sequence[Done]]:
        """Yield everything that was done, in pages, kind after kind, the oldest first."""
        ...

    async def tallies(self, platform: str = "", server_id: str = "", /) -> Tallies: ...
