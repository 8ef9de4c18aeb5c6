"""Discord's rate limits: one bucket for each route and place, and one for everything."""

import time
from dataclasses import dataclass, field
from hashlib import blake2b

_DEFAULT = (50, 1.0)
_ROUTES = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": (1, 0.25),
    "POST /channels/{channel_id}/typing": (5, 5.0),
    "POST /webhooks/{webhook_id}/{webhook_token}": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": (5, 2.0),
}
_MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_id")
"""What has limits of its own; a parameter of any other name shares them."""


@dataclass
class _Bucket:
    count: int
    seconds: float
    left: int = 0
    until: float = 0.0

    def take(self, now: float) -> bool:
        if now >= self.until:
            self.left, self.until = self.count, now + self.seconds
        if self.left == 0:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True)
class Verdict:
    """Whether a request may go on, and what its answer says of the bucket."""

    fine: bool
    headers: dict[str, str]
    retry_after: float
    whole: bool = False
    """It is the limit on everything that was met."""


@dataclass
class Limits:
    """Counts requests; tests may make a route tighter or wider, or everything."""

    whole: tuple[int, float] = (50, 1.0)
    routes: dict[str, tuple[int, float]] = field(default_factory=lambda: dict(_ROUTES))
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _everything: _Bucket | None = None

    def set(self, route: str, count: int, seconds: float) -> None:
        """Give `route` ("POST /channels/{channel_id}/messages") another limit, from now on."""
        self.routes[route] = (count, seconds)
        self._buckets = {
            key: one for key, one in self._buckets.items() if not key.startswith(f"{route}:")
        }

    def take(self, route: str, parameters: dict[str, str]) -> Verdict:
        now = time.monotonic()
        if not self._whole(route, now):
            assert self._everything is not None
            wait = self._everything.until - now
            return Verdict(False, {"X-RateLimit-Global": "true"}, wait, whole=True)
        major = "+".join(parameters[name] for name in _MAJOR if name in parameters)
        count, seconds = self.routes.get(route, _DEFAULT)
        bucket = self._buckets.setdefault(f"{route}:{major}", _Bucket(count, seconds))
        fine = bucket.take(now)
        wait = max(bucket.until - now, 0.001)
        return Verdict(fine, _headers(route, bucket, wait), wait)

    def _whole(self, route: str, now: float) -> bool:
        """Count a request into the limit on everything; answers to interactions are exempt."""
        if "/interactions/" in route or "/webhooks/" in route:
            return True
        if self._everything is None or (self._everything.count, self._everything.seconds) != (
            self.whole
        ):
            self._everything = _Bucket(*self.whole)
        return self._everything.take(now)


def _headers(route: str, bucket: _Bucket, wait: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(bucket.count),
        "X-RateLimit-Remaining": str(bucket.left),
        "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
        "X-RateLimit-Reset-After": f"{wait:.3f}",
        "X-RateLimit-Bucket": blake2b(route.encode(), digest_size=8).hexdigest(),
    }
