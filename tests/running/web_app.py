"""A web app that answers with what a test tells it and remembers what it was asked."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

WAIT_S = 20.0


@dataclass(frozen=True)
class Asked:
    """One request: path, merged parameters, headers (any case) and the moment (monotonic seconds)."""

    method: str
    path: str
    url: str
    parameters: dict[str, str]
    headers: dict[str, str]
    at_s: float
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    body: str | bytes = "<Response/>"
    content_type: str = "text/xml"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


class WebApp:
    """Runs on a thread of its own; thread-safe for the test."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._replies: dict[str, Reply | Callable[[Asked], Reply]] = {}
        self._loop = asyncio.new_event_loop()
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._loop.run_forever()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._started.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, reply: "str | Reply | Callable[[Asked], Reply]") -> str:
        """From now on that path answers so (a string is TwiML); its URL."""
        self._replies[path] = Reply(reply) if isinstance(reply, str) else reply
        return f"{self.url}{path}"

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        form = dict(await request.post())
        parameters = {**request.query, **{name: str(value) for name, value in form.items()}}
        asked = Asked(
            request.method,
            request.path,
            str(request.url),
            parameters,
            dict(request.headers),
            time.monotonic(),
            body,
        )
        with self._changed:
            self.asked.append(asked)
            self._changed.notify_all()
        reply: Any = self._replies.get(request.path, Reply("not found", "text/plain", 404))
        if callable(reply):
            reply = reply(asked)
        await asyncio.sleep(reply.delay_s)
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        headers = {"Content-Type": reply.content_type, **reply.headers}
        return web.Response(body=body, status=reply.status, headers=headers)

    def requests_to(self, path: str) -> list[Asked]:
        with self._changed:
            return [asked for asked in self.asked if asked.path == path]

    def wait_for(self, path: str, count: int = 1) -> list[Asked]:
        """The first `count` requests to the path; waits for them, at most WAIT_S."""
        with self._changed:
            found = self._changed.wait_for(lambda: self._enough(path, count), WAIT_S)
        requests = self.requests_to(path)
        assert found, f"{path} was asked {len(requests)} times, not {count}; asked were {[a.path for a in self.asked]}"
        return requests[:count]

    def _enough(self, path: str, count: int) -> bool:
        return sum(asked.path == path for asked in self.asked) >= count

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
