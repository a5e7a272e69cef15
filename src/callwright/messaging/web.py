"""Web requests of carriers: `/carriers/{CR…}/inbound` and `/receipts`, handed to the link of the carrier."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from callwright.messaging.carrier import CarrierLink, CarrierRequest, WebLink

LARGEST_BODY_BYTES = 256 * 1024

_UNKNOWN = (
    "Nothing takes webhooks here: the address is /carriers/SID/inbound or /carriers/SID/receipts, "
    "with the SID of an http carrier.\n"
)
#: Not 404: while the server starts or a carrier is changed there is no link, and what comes must come again.
_NOT_RUNNING = "No carrier with this SID is running now. Check the SID, and that the carrier is enabled.\n"


def build_carrier_web(link_of: Callable[[str], CarrierLink | None]) -> Starlette:
    """The ASGI app to be mounted at /carriers; `link_of` finds the running link of a carrier by its SID."""

    async def endpoint(request: Request) -> Response:
        carrier_sid, what = request.path_params["carrier_sid"], request.path_params["what"]
        link = link_of(carrier_sid)
        if link is None:
            return PlainTextResponse(_NOT_RUNNING, 503, {"Retry-After": "5"})
        if what not in ("inbound", "receipts") or not isinstance(link, WebLink):
            return PlainTextResponse(_UNKNOWN, 404)
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        if body is None:
            return PlainTextResponse(f"The body is larger than {LARGEST_BODY_BYTES // 1024} kB.\n", 413)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = CarrierRequest(what, request.method, request.url.query, headers, body)
        answer = await link.handle_web(asked)
        return PlainTextResponse(f"{answer.text}\n", answer.status, dict(answer.headers))

    return Starlette(routes=[Route("/{carrier_sid}/{what}", endpoint, methods=["GET", "POST"])])


async def _read(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            return None
    return bytes(body)
