"""A long piece of work over HTTP: answered when it is done or, for those who accept it, told line by line meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from callwright.api.failures import in_words, known
from callwright.model.errors import InternalError
from callwright.usecases.bulk_update_numbers import Progress

log = structlog.get_logger()

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
#: At most so often is told how far it is.
_PAUSE_S = 0.1

#: Work that goes on though nobody may be reading of it.
_running: set[asyncio.Future[bytes]] = set()

#: Does the work and answers the body; it tells its progress in any thread.
Work = Callable[[Progress], Awaitable[bytes]]


async def answer_of(request: Request, work: Work) -> Response:
    """The answer to the request; in a stream the status is 200, and the last line is the result or the error."""
    accepted = request.headers.get("Accept", "")
    form = next((form for form in (NDJSON, EVENT_STREAM) if form in accepted), None)
    if form is None:
        return Response(await work(lambda stage, done, total: None), media_type="application/json")
    line = _as_json_line if form == NDJSON else _as_event
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(_begun(work, line), media_type=form, headers=headers)


def _begun(work: Work, line: Callable[[str, bytes], bytes]) -> AsyncIterator[bytes]:
    """Begin at once, and go on also when nobody reads: what was asked for is done, or not, as a whole."""
    loop = asyncio.get_running_loop()
    latest: dict[str, Any] = {}
    is_new = asyncio.Event()

    def keep(stage: str, done: int, total: int | None) -> None:
        latest.update(stage=stage, done=done, total=total)
        is_new.set()

    def tell(stage: str, done: int, total: int | None) -> None:
        loop.call_soon_threadsafe(keep, stage, done, total)

    task = asyncio.ensure_future(work(tell))
    _running.add(task)
    task.add_done_callback(_running.discard)
    task.add_done_callback(lambda _: is_new.set())
    return _told(task, latest, is_new, line)


async def _told(
    task: asyncio.Future[bytes], latest: dict[str, Any], is_new: asyncio.Event, line: Callable[[str, bytes], bytes]
) -> AsyncIterator[bytes]:
    while not task.done():
        await is_new.wait()
        is_new.clear()
        if latest and not task.done():
            yield line("progress", orjson.dumps(latest))
            await asyncio.wait([task], timeout=_PAUSE_S)
    error = task.exception()
    if error is None:
        yield line("result", b'{"stage":"done","result":%b}' % task.result())
    else:
        yield line("error", orjson.dumps({"stage": "failed", "error": _in_words(error)}))


def _as_json_line(name: str, data: bytes) -> bytes:
    return data + b"\n"


def _as_event(name: str, data: bytes) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


def _in_words(error: BaseException) -> dict[str, Any]:
    """As the errors of /v1 that are answered with their own status."""
    told = known(error)
    if isinstance(told, InternalError):
        log.error("bulk change failed", exc_info=error)
    return in_words(told)
