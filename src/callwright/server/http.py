"""The HTTP side: one ASGI application over all HTTP edges, and uvicorn without its own signal handling."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from callwright import __version__
from callwright.api.app import build_api
from callwright.config import parse_host_port
from callwright.demo.app import build_demo
from callwright.messaging.carrier import CarrierLink
from callwright.messaging.web import build_carrier_web
from callwright.model.resource import BASE
from callwright.rest.app import build_app
from callwright.server.http_protocol import BoundedHttpProtocol
from callwright.usecases.ports import Ports

Health = Callable[[], dict[str, bool]]
LinkOf = Callable[[str], CarrierLink | None]

_FRONT_PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Callwright</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>
<h1>Callwright {__version__}</h1>
<p>The server is running. The API is at <code>/2010-04-01</code>, Callwright's own extensions at
<a href="/v1/docs">/v1</a>, the demo web app at <a href="/demo/">/demo</a>, the health check at
<a href="/healthz">/healthz</a>.</p></html>"""


class PortInUse(Exception):
    """The address cannot be listened on."""


def build_http(ports: Ports, health: Health, link_of: LinkOf = lambda _: None) -> ASGIApp:
    """Every HTTP edge under one application. `link_of` finds the running link of a carrier, for its webhooks."""

    async def healthz(_: Request) -> Response:
        parts = health()
        return JSONResponse({"version": __version__, "parts": parts}, status_code=200 if all(parts.values()) else 503)

    async def front_page(_: Request) -> Response:
        return HTMLResponse(_FRONT_PAGE)

    rest = build_app(ports, version=__version__)
    others = Starlette(
        routes=[
            Route("/", front_page),
            Route("/healthz", healthz),
            Mount("/v1", build_api(ports)),
            Mount("/demo", build_demo(ports.storage)),
            Mount("/carriers", build_carrier_web(link_of)),
            Mount("/", rest),  # what is not there at all is told as the API tells it
        ]
    )

    async def front_door(scope: Scope, receive: Receive, send: Send) -> None:
        # The hot path goes past the routing and the middleware of the rest: they cost a tenth of a request.
        is_rest = scope["type"] == "http" and scope["path"].startswith(f"{BASE}/")
        await (rest if is_rest else others)(scope, receive, send)

    return front_door


def listen(host_port: str, option: str) -> socket.socket:
    """A listening TCP socket. Raises PortInUse naming the option that changes the address."""
    host, port = parse_host_port(host_port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortInUse(f"Cannot listen on {host_port}: {error.strerror}. Choose another with {option}.") from error
    listener.listen(1024)
    listener.setblocking(False)
    return listener


class HttpServer(uvicorn.Server):
    """uvicorn on a socket of ours; signals are the composition root's business."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        protocol: type[BoundedHttpProtocol] = BoundedHttpProtocol,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._listener = listener
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def start(self) -> None:
        self._task = asyncio.create_task(self.serve(sockets=[self._listener]))
        while not self.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("the HTTP server stopped while starting")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        self.should_exit = True
        if self._task is not None:
            await self._task
