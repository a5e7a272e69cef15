"""Requests to somebody's API: not signed, sent once, their secrets kept out of the exchange log."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from callwright.usecases.web_ports import ApiRequest, NotReached, WebAnswer, WebhookFailure, WebRequest
from callwright.webhooks.bodies import in_utf8
from callwright.webhooks.exchange_log import Hop, exchange_of
from callwright.webhooks.failures import BAD_URL, NO_CONNECTION, RETRIEVAL_FAILED, HopFailed
from callwright.webhooks.request_id import new_request_id
from callwright.webhooks.target import Target, UnusableUrl, parse_target
from callwright.webhooks.transport import RawAnswer, Timeouts, Timing, Transport

USER_AGENT = "Callwright"
LARGEST_ANSWER_BYTES = 64 * 1024
_CONNECT_S = 5.0
_BAD_STATUS = 400


class ApiCaller:
    """`record` is given what makes the fields of an exchange, for each request."""

    def __init__(
        self,
        transport: Transport,
        record: Callable[[Callable[[], Mapping[str, Any]]], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._record = record
        self._monotonic_s = monotonic_s

    async def call(self, request: ApiRequest) -> WebAnswer:
        """The answer, whatever its status. Raises NotReached, else WebhookFailure: it may have arrived."""
        try:
            target = parse_target(request.url)
        except UnusableUrl as error:
            raise NotReached(BAD_URL, str(error)) from error
        try:
            raw = await self._logged(request, target)
        except HopFailed as failure:
            raise _failure(failure) from failure
        body = in_utf8(raw.body, raw.content_type)
        return WebAnswer(target.url, raw.status, raw.content_type, body, raw.headers)

    async def _logged(self, request: ApiRequest, target: Target) -> RawAnswer:
        headers = {
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            **request.headers,
            "Host": target.authority,
            "Accept-Encoding": "gzip",
        }
        started_s, timing = self._monotonic_s(), Timing()
        raw: RawAnswer | None = None
        failure: HopFailed | None = None
        try:
            raw = await self._send(request, target, headers, timing)
            if raw.status >= _BAD_STATUS:
                failure = HopFailed(RETRIEVAL_FAILED, f"The API answered {raw.status}.")
            return raw
        except HopFailed as error:
            failure = error
            raise
        except asyncio.CancelledError:
            failure = HopFailed(RETRIEVAL_FAILED, "The server stopped before the answer came.")
            raise
        finally:
            duration_ms = (self._monotonic_s() - started_s) * 1000
            about = WebRequest(
                url=request.shown_url or request.url,
                method=request.method,
                parameters={},
                account_sid=request.account_sid,
                auth_token="",  # nothing is signed
                kind=request.kind,
                message_sid=request.message_sid,
            )
            shown_url = parse_target(request.shown_url).url if request.shown_url else target.url
            one = (about, new_request_id(), 0, 0)  # the only attempt and hop of a request of its own
            hop = Hop(*one, request.method, shown_url, headers, request.shown, timing, duration_ms, raw, failure)
            self._record(lambda: exchange_of(hop, request.secrets))

    async def _send(self, request: ApiRequest, target: Target, headers: Mapping[str, str], timing: Timing) -> RawAnswer:
        timeouts = Timeouts(min(_CONNECT_S, request.timeout_s), request.timeout_s, request.timeout_s)
        return await self._transport.send(
            request.method,
            target,
            headers,
            request.body,
            timeouts=timeouts,
            limit_bytes=LARGEST_ANSWER_BYTES,
            timing=timing,
            replaces_dead_connections=False,  # it may have been read before the connection died
        )


def _failure(failure: HopFailed) -> WebhookFailure:
    is_unsent = failure.phase == "connect" or failure.code in (BAD_URL, NO_CONNECTION)
    kind = NotReached if is_unsent else WebhookFailure
    return kind(failure.code, failure.message)
