"""A real web app on loopback that answers what a test tells it to and remembers what it was asked."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from callwright.usecases.web_ports import WebRequest

ACCOUNT_SID = "AC" + "0" * 32
CALL_SID = "CA" + "1" * 32
AUTH_TOKEN = "12345"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Asked:
    """One request as it arrived; `url` is rebuilt from the Host header as web frameworks do."""

    method: str
    url: str
    headers: dict[str, str]
    form: list[tuple[str, str]]


@dataclass
class WebApp:
    """`answers` by path; a path without one is 404."""

    scheme: str = "http"
    port: int = 0
    answers: dict[str, Handler] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def answer(self, path: str, status: int = 200, body: str | bytes = "", **headers: str) -> None:
        """Answer this path always the same; header names with `_` for `-`, content type XML unless given."""
        raw = body.encode() if isinstance(body, str) else body
        given = {name.replace("_", "-"): value for name, value in headers.items()}

        async def same(request: web.Request) -> web.Response:
            return web.Response(status=status, body=raw, headers={"Content-Type": "text/xml", **given})

        self.answers[path] = same

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.post() if request.method == "POST" else {}
        form = [(name, str(value)) for name, value in body.items()]
        url = f"{self.scheme}://{request.host}{request.rel_url.raw_path_qs}"
        self.asked.append(Asked(request.method, url, dict(request.headers), form))
        self.connections.add(request.transport)
        handler = self.answers.get(request.path)
        return await handler(request) if handler else web.Response(status=404, text="no such page")


@asynccontextmanager
async def web_app(ssl_context: ssl.SSLContext | None = None, scheme: str = "http") -> AsyncIterator[WebApp]:
    """Serve on a free port of loopback until the block ends."""
    app = WebApp(scheme=scheme)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", app.handle)
    runner = web.AppRunner(application, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context)
    await site.start()
    app.port = runner.addresses[0][1]
    try:
        yield app
    finally:
        await runner.cleanup()


def web_request(url: str, method: str = "POST", session: str | None = CALL_SID, **parameters: str) -> WebRequest:
    return WebRequest(url, method, parameters, ACCOUNT_SID, AUTH_TOKEN, call_sid=CALL_SID, session=session)
