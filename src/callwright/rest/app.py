"""The 2010-04-01 API: every declared resource, served generically as one ASGI application."""

import secrets
import time

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from callwright.model.errors import (
    ApiError,
    AuthenticationFailed,
    InternalError,
    InvalidParameter,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
)
from callwright.model.resource import RESOURCES, Operation
from callwright.registry import load_all
from callwright.rest.authentication import CHALLENGE
from callwright.rest.declarations import check_declarations
from callwright.rest.format import FORMATS, Format
from callwright.rest.http import ClientGone, Headers, HttpAnswer, send_answer
from callwright.rest.perform import Performance
from callwright.rest.routes import Match, Routes
from callwright.usecases.ports import Ports, RecordGone, StorageUnavailable, UnstorableValue

log = structlog.get_logger()


def build_app(ports: Ports, *, version: str) -> ASGIApp:
    """The API for all declared resources; raises RuntimeError for a parameter that nothing reads."""
    load_all("callwright.model.resources")
    load_all("callwright.usecases")
    load_all("callwright.rest.formats")
    check_declarations(RESOURCES.values())
    return RestApp(ports, version)


class RestApp:
    """An ASGI application; one request in, one answer out, errors in the format the path asks for."""

    def __init__(self, ports: Ports, version: str) -> None:
        self._routes = Routes(RESOURCES.values(), [name for name in FORMATS if name])
        self._performance = Performance(ports, RESOURCES.values())
        self._server: Headers = [(b"server", f"callwright/{version}".encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_s = time.perf_counter()
        request_id = f"RQ{secrets.token_hex(16)}"
        try:
            answer = await self._answer(scope, receive, request_id)
        except ClientGone:
            return
        answer.extra.extend(self._server)
        await send_answer(send, answer, request_id, started_s, without_body=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive, request_id: str) -> HttpAnswer:
        match = self._routes.find(scope["path"])
        form = FORMATS[match.extension] if match else _format_of(scope["path"])
        try:
            if match is None:
                raise NotFound
            return await self._answer_match(scope, receive, match, form)
        except (NotFound, RecordGone):
            return _refusal(form, NotFound(f"The requested resource {scope['path']} was not found"))
        except ApiError as error:
            return _refusal(form, error, match)
        except UnstorableValue as error:
            return _refusal(form, InvalidParameter(f"The request cannot be used: {error}."), match)
        except StorageUnavailable as error:
            log.warning("storage is unavailable", request_id=request_id, path=scope["path"], error=str(error))
            return _refusal(form, ServiceUnavailable())
        except ClientGone:
            raise
        except Exception:
            # One broken request must not take the others with it; the id leads from the answer to this line.
            log.exception("request failed", request_id=request_id, method=scope["method"], path=scope["path"])
            return _refusal(form, InternalError())

    async def _answer_match(self, scope: Scope, receive: Receive, match: Match, form: Format) -> HttpAnswer:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method == "OPTIONS":
            return HttpAnswer(204, extra=[(b"allow", match.endpoint.allowed.encode())])
        operation = match.endpoint.operations.get(method)
        if operation is None:
            raise MethodNotAllowed(f"Method {scope['method']} is not allowed here: use {match.endpoint.allowed}.")
        if form.instance is None and operation is not Operation.LIST:
            raise NotFound
        return await self._performance.answer(scope, receive, match, operation, form)


def _format_of(path: str) -> Format:
    _, _, extension = path.rpartition(".")
    return FORMATS.get(extension, FORMATS[""])


def _refusal(form: Format, error: ApiError, match: Match | None = None) -> HttpAnswer:
    extra: Headers = []
    if isinstance(error, AuthenticationFailed):
        extra.append((b"www-authenticate", CHALLENGE))
    if isinstance(error, MethodNotAllowed) and match is not None:
        extra.append((b"allow", match.endpoint.allowed.encode()))
    return HttpAnswer(error.status, form.error(error), form.content_type, extra)
