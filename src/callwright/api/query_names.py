"""Names of query parameters: `DryRun`, as in Twilio's API, means `dry_run`."""

from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

from callwright.model.naming import to_snake


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
