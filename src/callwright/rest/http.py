"""HTTP on bare ASGI: reading a bounded body, sending an answer with the headers every answer carries."""

import time
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from callwright.model.errors import EntityTooLarge

LARGEST_BODY = 256 * 1024

#: Sent with every answer, so that web pages may call the API.
CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-allow-methods", b"GET, POST, DELETE, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since",
    ),
    (b"access-control-expose-headers", b"ETag, Twilio-Request-Id, Twilio-Request-Duration"),
]

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class HttpAnswer:
    """What is sent back; `extra` are headers beside those of every answer."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    extra: Headers = field(default_factory=list)


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


def header(scope: Scope, name: bytes) -> str:
    """The first header of that (lower-case) name, "" when there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


async def read_body(receive: Receive) -> bytes:
    """The whole body; raises EntityTooLarge beyond 256 kB, ClientGone when it breaks off."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return _checked(message.get("body", b""))
    body = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        _checked(body)
        if not message.get("more_body"):
            return bytes(body)
        message = await receive()


def _checked(body: bytes | bytearray) -> bytes:
    if len(body) > LARGEST_BODY:
        raise EntityTooLarge()
    return bytes(body)


async def send_answer(send: Send, answer: HttpAnswer, request_id: str, started_s: float, *, without_body: bool) -> None:
    """Send it all; a HEAD request gets the length but not the body."""
    headers: Headers = [
        (b"content-length", str(len(answer.body)).encode()),
        (b"twilio-request-id", request_id.encode()),
        (b"twilio-request-duration", f"{time.perf_counter() - started_s:.3f}".encode()),
        *CORS,
        *answer.extra,
    ]
    if answer.status in (204, 304):
        del headers[0]  # RFC 9110, 8.6: none in a 204; in a 304 it would be that of the file
    if answer.content_type is not None:
        headers.append((b"content-type", answer.content_type.encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if without_body else answer.body})
