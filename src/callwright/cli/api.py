"""The API as commands use it: one HTTP client, and every failure as a message with what to do next."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, TypeAlias

import httpx

from callwright.cli.failure import CommandFailed, with_code
from callwright.model.sid import is_sid

Row: TypeAlias = dict[str, Any]
Form: TypeAlias = Mapping[str, str | list[str]]

_LARGEST_PAGE = 1000
#: In bytes; the server keeps 500 characters of it.
_LONGEST_REASON = 2000
#: The server says that it is still there every 15 seconds.
_STREAM = httpx.Timeout(10.0, read=60.0)
#: Work that is told line by line; between two lines may lie a long wait for others' work.
_LONG = httpx.Timeout(30.0, connect=5.0, read=600.0)
_UNAUTHORIZED = 401
_NOT_FOUND = 404
#: What a path names by SID: in words, and the command that lists all.
_NOUNS = {
    "Applications": ("application", "apps"),
    "Calls": ("call", "calls"),
    "Carriers": ("carrier", "carriers"),
    "Exchanges": ("exchange", "exchanges"),
    "IncomingPhoneNumbers": ("number", "numbers"),
    "Messages": ("message", "messages"),
    "ScheduledChanges": ("scheduled change", "schedule"),
    "ShortCodes": ("short code", "short-codes"),
    "Trunks": ("trunk", "trunks"),
}


class Api:
    """Speaks for one account. `place` is what messages call the server."""

    def __init__(self, client: httpx.AsyncClient, account_sid: str, place: str, *, is_running: bool = True) -> None:
        """`is_running`: a server answers; else the data alone, where nothing is sent."""
        self.is_running = is_running
        self._client = client
        self._place = place
        self.account_path = f"/2010-04-01/Accounts/{account_sid}"

    def give_reason(self, reason: str | None) -> None:
        """Say it with every request from now on: the server keeps it in the history of what the request changes."""
        text = " ".join((reason or "").split())
        if text:
            self._client.headers.encoding = "utf-8"
            self._client.headers["X-Callwright-Reason"] = text.encode()[:_LONGEST_REASON].decode("utf-8", "ignore")

    async def rows(self, path: str, list_key: str, filters: Form, limit: int) -> list[Row]:
        """The first `limit` rows of a list, page after page."""
        rows: list[Row] = []
        query: dict[str, Any] = {**filters, "PageSize": min(limit, _LARGEST_PAGE)}
        answer = await self.request("GET", f"{self.account_path}/{path}.json", params=query)
        while True:
            rows += self._list_in(answer, list_key)
            following = answer.get("next_page_uri")
            if len(rows) >= limit or not following:
                return rows[:limit]
            answer = await self.request("GET", following)

    async def extension_rows(
        self, path: str, list_key: str, limit: int, filters: Mapping[str, Any] | None = None
    ) -> list[Row]:
        """The first `limit` rows of a list of /v1, page after page."""
        rows: list[Row] = []
        query: dict[str, Any] = {**(filters or {}), "limit": min(limit, _LARGEST_PAGE)}
        while True:
            answer = await self.request("GET", f"/v1/{path}", params=query)
            rows += self._list_in(answer, list_key)
            query["before"] = answer.get("next_before")
            if len(rows) >= limit or not query["before"]:
                return rows[:limit]

    async def fetch(self, path: str) -> Row:
        return await self.request("GET", f"{self.account_path}/{path}.json")

    async def send(self, path: str, form: Form) -> Row:
        """Create or update."""
        return await self.request("POST", f"{self.account_path}/{path}.json", data=dict(form))

    async def delete(self, path: str) -> None:
        await self.request("DELETE", f"{self.account_path}/{path}.json")

    async def request(self, method: str, path: str, **arguments: Any) -> Row:
        """The JSON object answered, {} when there is none. Raises CommandFailed."""
        try:
            answer = await self._client.request(method, path, **arguments)
        except httpx.ConnectError as error:
            raise CommandFailed(
                f"nothing answers at {self._place}: {error}. Is the server running (callwright serve)? "
                "Another address is given by --url."
            ) from error
        except httpx.TimeoutException as error:
            raise CommandFailed(f"{self._place} did not answer in time; its log may tell why") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CommandFailed(f"{self._place} cannot be asked: {error}. Give --url as http://HOST:PORT") from error
        return self._content(answer, path)

    async def lines(self, path: str, query: Mapping[str, Any], last_event_id: str | None) -> AsyncGenerator[str, None]:
        """The lines of a stream of server-sent events, until the server ends it. Raises CommandFailed."""
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        try:
            async with self._client.stream("GET", path, params=query, headers=headers, timeout=_STREAM) as answer:
                if not answer.is_success:
                    await answer.aread()
                    self._content(answer, path)
                rest = ""
                # Only LF ends a line here: other separators, which httpx splits at, may be inside the data.
                async for text in answer.aiter_text():
                    *whole, rest = (rest + text).split("\n")
                    for line in whole:
                        yield line
        except httpx.HTTPError as error:
            raise CommandFailed(f"{self._place} cannot be followed: {error}. Is it still running?") from error

    async def followed(
        self,
        path: str,
        told: Callable[[Row], None],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: AsyncIterator[bytes],
    ) -> Row:
        """The result of a POST that tells, line by line, how far it is; each such line is handed to `told`.

        Raises CommandFailed.
        """
        given = {**headers, "Accept": "application/x-ndjson"}
        line: Row = {}
        try:
            async with self._client.stream(
                "POST", path, params=query, headers=given, content=content, timeout=_LONG
            ) as answer:
                if not answer.is_success:
                    await answer.aread()
                    self._content(answer, path)
                async for text in answer.aiter_lines():
                    line = json.loads(text)
                    if line.get("stage") not in ("done", "failed"):
                        told(line)
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            raise CommandFailed(f"{self._place} broke off: {error}. Look at what it did before trying again") from error
        if line.get("stage") != "done":
            error_told = line.get("error", {})
            others = [f"  {_place(one)}: {one['message']}" for one in error_told.get("errors", ())[1:]]
            raise CommandFailed("\n".join([self._refusal(error_told.get("status", 0), error_told, path), *others]))
        result: Row = line["result"]
        return result

    def _content(self, answer: httpx.Response, path: str) -> Row:
        if answer.is_success and not answer.content:
            return {}
        try:
            content = answer.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            content = None
        if not isinstance(content, dict):
            raise CommandFailed(
                f"{self._place} answered {answer.status_code} without JSON: this is not a Callwright API. "
                "Check --url (only scheme, host and port)."
            )
        if not answer.is_success:
            raise CommandFailed(self._refusal(answer.status_code, content, path))
        return content

    def _refusal(self, status: int, content: Row, path: str) -> str:
        if status == _UNAUTHORIZED:
            return (
                f"{self._place} does not accept these credentials. Give --account and --token, "
                "or the --data directory of that server."
            )
        missing = _missing(path) if status == _NOT_FOUND else None
        if missing:
            return missing
        detail = content.get("message") or content.get("detail") or f"HTTP status {status}"
        code = content.get("code")
        return with_code(_in_words(detail), f"error {code}" if code else f"HTTP {status}")

    def _list_in(self, answer: Row, list_key: str) -> list[Row]:
        rows = answer.get(list_key)
        if not isinstance(rows, list):
            raise CommandFailed(f"{self._place} answered no list of {list_key}: this is not a Callwright API")
        return rows


def _place(problem: Row) -> str:
    """Where in a table something is wrong."""
    column = f", column {problem['column']}" if problem.get("column") else ""
    return f"line {problem['line']}{column}"


def _missing(path: str) -> str | None:
    """That there is no such resource, for a path that ends in the SID of one; None for other paths."""
    collection, _, sid = path.removesuffix(".json").rpartition("/")
    noun, group = _NOUNS.get(collection.rpartition("/")[2], ("", ""))
    if not noun:
        return None
    form = "" if is_sid(sid) else " (and it is no SID: those have two letters and 32 hexadecimal digits)"
    return f"there is no {noun} {sid} in this account{form}. `callwright {group} list` shows all."


def _in_words(detail: Any) -> str:
    """A message, or the list of wrong fields that FastAPI answers with."""
    if isinstance(detail, list):
        return "; ".join(
            f"{'.'.join(str(part) for part in item.get('loc', [])[1:])}: {item.get('msg')}"
            for item in detail
            if isinstance(item, dict)
        )
    return str(detail)
