"""Names of query parameters: `DryRun`, as in Twilio's API, means `dry_run`; those nobody knows are refused."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from callwright.model.errors import InvalidParameter
from callwright.model.naming import to_snake
from callwright.usecases.setting_values import shown


class QueryNames:
    """ASGI middleware: hands the query on with its names in snake_case."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query: bytes = scope.get("query_string", b"")
        if query:
            pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
            named = [(to_snake(name) if name[:1].isupper() else name, value) for name, value in pairs]
            scope = {**scope, "query_string": urlencode(named).encode("latin-1")}
        await self._app(scope, receive, send)


async def refuse_unknown(request: Request) -> None:
    """Dependency of all routes. A misspelt filter must not answer everything, nor a misspelt dry_run write."""
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = sorted(set(_declared(route.dependant)))
    for name in request.query_params:
        if name not in known:
            raise InvalidParameter(f"{shown(name)} is no query parameter of this request: it has {', '.join(known)}.")


def _declared(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (facts.alias or name for name, facts in kind.model_fields.items())
        else:
            yield field.alias
    for inner in dependant.dependencies:
        yield from _declared(inner)
