"""uvicorn's HTTP protocol with the bounds it lacks: strangers can neither fill the memory nor stay for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Request line and headers (or trailers, or the frame of a chunk); more than any client of the API sends.
LARGEST_HEAD_BYTES = 64 * 1024
_REFUSAL = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHttpProtocol(HttpToolsProtocol):
    """Closes a connection whose request does not come to an end: in headers without bound, or in time.

    The parser collects headers as they come, in time that grows with the square of their length, on the loop that
    calls run on.
    """

    #: A whole request has to be there after so long; the wait for the next one is uvicorn's `timeout_keep_alive`.
    request_s = 30.0
    #: Read since the parser last had something whole: headers, a piece of a body, a request.
    _pending_bytes = 0
    _request_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._request_timer is None:
            self._await_request()
        self._pending_bytes += len(data)
        super().data_received(data)
        if self._pending_bytes > LARGEST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse()

    def on_headers_complete(self) -> None:
        self._pending_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._pending_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._pending_bytes = 0
        self._stop_waiting()
        super().on_message_complete()

    def _refuse(self) -> None:
        if self.cycle is None or self.cycle.response_complete:  # else it is trailers, and an answer is on its way
            self.transport.write(_REFUSAL)
        self.transport.close()

    def _await_request(self) -> None:
        self._request_timer = self.loop.call_later(self.request_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _give_up(self) -> None:
        self._request_timer = None
        if not self.transport.is_closing():
            self.transport.abort()
