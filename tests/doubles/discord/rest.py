"""The REST API: every request is counted, limited, checked and answered as Discord would."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.doubles.discord import schema
from tests.doubles.discord.limits import Limits, Verdict
from tests.doubles.discord.world import Payload, World

PREFIX = "/api/v10"
_VIA = {"Via": "1.1 google"}


class Refusal(Exception):  # noqa: N818
    """An answer that is an error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code}


def unknown(what: str, code: int) -> Refusal:
    return Refusal(404, code, f"Unknown {what}")


NO_ACCESS = (403, 50001, "Missing Access")
NO_PERMISSION = (403, 50013, "Missing Permissions")


@dataclass
class Call:
    """A request as a handler gets it."""

    method: str
    route: str
    parameters: dict[str, str]
    query: dict[str, str]
    body: Any = None
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict)

    def id(self, name: str) -> int:
        return int(self.parameters[name])


@dataclass
class Request:
    """A request as tests look at it afterwards."""

    route: str
    path: str
    at: float
    status: int = 0
    body: Any = None

    @property
    def invalid(self) -> bool:
        """Discord bans who sends ten thousand of these in ten minutes."""
        return self.status in (401, 403, 429)


@dataclass
class Fault:
    """What the next requests to a route suffer."""

    route: str
    status: int
    times: int
    done_first: bool = False
    """The request takes effect all the same; only its answer is lost."""
    seconds: float = 0.0


Handler = Callable[[Call], Awaitable[Any]]


class Rest:
    """All routes, with what stands in front of them."""

    def __init__(self, world: World, token: str, violate: Callable[[str], None]) -> None:
        self._world = world
        self._token = token
        self._violate = violate
        self.limits = Limits()
        self.requests: list[Request] = []
        self.faults: list[Fault] = []

    def fail(
        self,
        route: str,
        status: int = 502,
        times: int = 1,
        *,
        done_first: bool = False,
        seconds: float = 0.0,
    ) -> None:
        """Let the next requests to `route` fail: with a status, after a while, or only seemingly."""
        self.faults.append(Fault(route, status, times, done_first, seconds))

    def sent(self, route: str) -> list[Request]:
        """Return the requests to `route` so far."""
        return [one for one in self.requests if one.route == route]

    def add(self, app: web.Application, method: str, path: str, handler: Handler) -> None:
        async def handle(request: web.Request) -> web.Response:
            return await self._handle(request, f"{method} {path}", handler)

        app.router.add_route(method, PREFIX + path, handle)

    async def unrouted(self, request: web.Request) -> web.Response:
        self._violate(f"no such route: {request.method} {request.path}")
        return _json(404, {"message": "404: Not Found", "code": 0})

    async def _handle(self, request: web.Request, route: str, handler: Handler) -> web.Response:
        seen = Request(route, request.path, time.monotonic())
        self.requests.append(seen)
        verdict = self.limits.take(route, dict(request.match_info))
        fault = self._fault(route)
        if not verdict.fine:
            response = _limited(verdict)
        elif fault is not None and not fault.done_first:
            await asyncio.sleep(fault.seconds)
            response = _json(fault.status, {"message": "injected", "code": 0})
        else:
            response = await self._answer(request, seen, handler)
        if fault is not None and fault.done_first:
            response = _json(fault.status, {"message": "injected", "code": 0})
        response.headers.update(_VIA | ({} if fault else verdict.headers))
        seen.status = response.status
        return response

    def _fault(self, route: str) -> Fault | None:
        for fault in self.faults:
            if fault.route == route and fault.times:
                fault.times -= 1
                return fault
        return None

    async def _answer(self, request: web.Request, seen: Request, handler: Handler) -> web.Response:
        try:
            self._authorise(request, seen.route)
            call = await self._read(request, seen.route)
            seen.body = call.body
            self._check(call)
            found = await handler(call)
        except Refusal as error:
            return _json(error.status, error.body)
        return web.Response(status=204) if found is None else _json(200, found)

    def _authorise(self, request: web.Request, route: str) -> None:
        by_token = "{webhook_token}" in route or "{interaction_token}" in route
        if not by_token and request.headers.get("Authorization") != f"Bot {self._token}":
            raise Refusal(401, 0, "401: Unauthorized")

    async def _read(self, request: web.Request, route: str) -> Call:
        method = request.method
        call = Call(method, route, dict(request.match_info), dict(request.query))
        if request.content_type == "application/json" and request.can_read_body:
            call.body = await request.json()
        elif request.content_type == "multipart/form-data":
            form = await request.post()
            call.body = json.loads(str(form["payload_json"]))
            for name, part in form.items():
                if isinstance(part, web.FileField):
                    number = int(name.removeprefix("files[").removesuffix("]"))
                    call.files[number] = (part.filename, part.file.read())
        return call

    def _check(self, call: Call) -> None:
        method, path = call.route.split(" ", 1)
        if call.body is not None:
            self.refuse_if(schema.problems(method, path, call.body), call.route)

    def refuse_if(self, problems: list[str], what: str) -> None:
        """Refuse a request with these problems, and remember it as a violation."""
        if problems:
            self._violate(f"{what}: {'; '.join(problems)}")
            raise Refusal(400, 50035, f"Invalid Form Body: {'; '.join(problems)}")


def _json(status: int, body: Any) -> web.Response:
    # Without a charset: discord.py reads as JSON only what is exactly this type.
    data = json.dumps(body).encode()
    return web.Response(status=status, body=data, headers={"Content-Type": "application/json"})


def _limited(verdict: Verdict) -> web.Response:
    body: Payload = {
        "message": "You are being rate limited.",
        "retry_after": round(verdict.retry_after, 3),
        "global": verdict.whole,
    }
    response = _json(429, body)
    response.headers["Retry-After"] = str(int(verdict.retry_after) + 1)
    response.headers["X-RateLimit-Scope"] = "global" if verdict.whole else "user"
    return response
