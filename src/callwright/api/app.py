"""The /v1 API: what Callwright adds to Twilio's. JSON in, JSON out, described by /v1/openapi.json."""

import importlib
from typing import Any

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from callwright import __version__
from callwright.api.body_limit import BodyLimit
from callwright.api.description import DescribedApi
from callwright.api.docs_page import docs_page
from callwright.api.failures import answer_of, known, no_json
from callwright.api.query_names import QueryNames, refuse_unknown
from callwright.model.errors import (
    ERROR_PAGE,
    ApiError,
    AuthenticationFailed,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
)
from callwright.registry import load_all
from callwright.usecases.ports import Ports, RecordGone, StorageUnavailable, UnstorableValue

log = structlog.get_logger()

#: The package whose modules each serve one resource.
_ROUTES = "callwright.api.routes"

_DESCRIPTION = (
    "Extensions of a Callwright server. Authentication is HTTP Basic with an AccountSid and its AuthToken, as for "
    "the 2010-04-01 API. Bodies are JSON; an error is `{code, message, more_info, status}`. Names are written as in "
    "`dry_run`, or as in Twilio's API, `DryRun`; answers have the first form. Names that are not known are refused. "
    "The header `X-Callwright-Reason` of a request that changes something is kept in its revision; the `ETag` of a "
    "resource is its revision, for `If-Match`."
)


def build_api(ports: Ports) -> FastAPI:
    """The API as an ASGI application, to be mounted at /v1."""
    app = DescribedApi(
        title="Callwright extensions",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere
        redoc_url=None,
        root_path_in_servers=True,
        dependencies=[Depends(refuse_unknown)],
    )
    for name in load_all(_ROUTES):
        app.include_router(importlib.import_module(f"{_ROUTES}.{name}").routes(ports))
    app.add_middleware(BodyLimit)
    app.add_middleware(QueryNames)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    return app


async def _refused(_: Request, error: Any) -> JSONResponse:
    return answer_of(known(error))


async def _unavailable(request: Request, error: Any) -> JSONResponse:
    log.warning("storage is unavailable", path=request.url.path, error=str(error))
    return answer_of(known(error))


async def _http_error(_: Request, error: Any) -> JSONResponse:
    """No such path, method not allowed, unreadable body or credentials."""
    if error.status_code == AuthenticationFailed.status:  # FastAPI's own, for what is no Basic header
        return answer_of(AuthenticationFailed())
    if error.status_code == MethodNotAllowed.status:
        answer = answer_of(MethodNotAllowed())
        answer.headers.update(error.headers or {})
        return answer
    if error.status_code == NotFound.status:
        return answer_of(NotFound("There is no such path under /v1: see /v1/docs for those there are."))
    if error.status_code == MalformedRequest.status:  # FastAPI's own, for a body that is no JSON
        return answer_of(no_json())
    fields = {
        "code": 20000 + error.status_code,
        "message": str(error.detail),
        "more_info": f"{ERROR_PAGE}/{20000 + error.status_code}",
        "status": error.status_code,
    }
    return JSONResponse(fields, error.status_code, error.headers)


async def _unexpected(request: Request, error: Any) -> JSONResponse:
    log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
    return answer_of(known(error))


_HANDLERS: dict[type[Exception], Any] = {
    ApiError: _refused,
    RecordGone: _refused,
    UnstorableValue: _refused,
    StorageUnavailable: _unavailable,
    RequestValidationError: _refused,
    HTTPException: _http_error,
    Exception: _unexpected,
}
