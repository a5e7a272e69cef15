"""Refuses large bodies before they fill the memory."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callwright.api.failures import answer_of
from callwright.model.errors import EntityTooLarge

LARGEST_BODY_BYTES = 64 * 1024
#: For the paths below.
LARGEST_UPLOAD_BYTES = 16 * 1024 * 1024
#: Paths below /v1 whose routes read the body themselves, by `uploaded`, once they know who sends it.
UPLOADS = frozenset({"/Numbers/Bulk", "/Configuration", "/Configuration/Plan"})


class BodyLimit:
    """ASGI middleware: reads the body up to the limit, then hands it on whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _path(scope) in UPLOADS:
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []
        size = 0
        while not messages or messages[-1].get("more_body", False):
            messages.append(await receive())
            size += len(messages[-1].get("body", b""))
            if size > LARGEST_BODY_BYTES:
                await _refusal()(scope, receive, send)
                return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)


async def uploaded(request: Request) -> bytes:
    """The whole body. Raises EntityTooLarge, and ClientDisconnect when the client went away meanwhile."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > LARGEST_UPLOAD_BYTES:
            raise EntityTooLarge(f"The body of an upload is at most {LARGEST_UPLOAD_BYTES // 1024 // 1024} MB.")
    return b"".join(parts)


def _path(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


def _refusal() -> JSONResponse:
    return answer_of(EntityTooLarge(f"The body of a request is at most {LARGEST_BODY_BYTES // 1024} kB."))
