"""Refuses large bodies before they fill the memory."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callwright.model.errors import EntityTooLarge

LARGEST_BODY_BYTES = 64 * 1024


class BodyLimit:
    """ASGI middleware: reads the body up to the limit, then hands it on whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
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


def _refusal() -> JSONResponse:
    error = EntityTooLarge(f"The body of a request is at most {LARGEST_BODY_BYTES // 1024} kB.")
    fields = {"code": error.code, "message": error.message, "more_info": error.more_info, "status": error.status}
    return JSONResponse(fields, error.status)
