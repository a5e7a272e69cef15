"""The webhook client: asks web apps as Twilio does. Source: reference, webhooks.md."""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from callwright.usecases.web_ports import ApiRequest, WebAnswer, WebhookFailure, WebRequest
from callwright.webhooks.api_caller import ApiCaller
from callwright.webhooks.egress import EgressPolicy
from callwright.webhooks.exchange_log import Hop, exchange_of
from callwright.webhooks.failures import BAD_URL, RETRIEVAL_FAILED, HopFailed
from callwright.webhooks.media_cache import MediaCache
from callwright.webhooks.navigation import Arrival, Navigator, Plan
from callwright.webhooks.overrides import BadOverrides, Overrides, parse_overrides
from callwright.webhooks.request_id import new_request_id
from callwright.webhooks.sessions import Sessions, WebSession
from callwright.webhooks.target import UnusableUrl, parse_target
from callwright.webhooks.transport import Transport

LARGEST_DOCUMENT_BYTES = 64 * 1024
LARGEST_AUDIO_BYTES = 40 * 1024 * 1024

#: Audio is larger than a document: the whole may take longer, the waits between bytes may not.
_AUDIO_DEFAULTS = Overrides(total_timeout_ms=60_000)
#: With less time left another attempt is no use; event loops end time-outs a little early, too.
_SHORTEST_ATTEMPT_S = 0.02
_NOT_MODIFIED = 304


class WebhookClient:
    """Implements usecases.ports.Webhooks.

    `record_exchange` gets the fields of a model.exchange (without sid and dates) for each request that went
    out, redirects and retries each; it is called after the answer has been handed on. `exempt` are numeric
    address and port pairs outside the egress policy: the server's own demo app.
    """

    def __init__(
        self,
        *,
        egress_policy: EgressPolicy,
        verify_certificates: bool,
        record_exchange: Callable[[Mapping[str, Any]], None],
        exempt: Collection[tuple[str, int]] = (),
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = Transport(egress_policy, verify_certificates, exempt)
        self._navigator = Navigator(self._transport, self._record, monotonic_s)
        self._api_caller = ApiCaller(self._transport, self._record_fields, monotonic_s)
        self._sessions = Sessions(lambda: secrets.token_hex(8), monotonic_s)
        self._media_cache = MediaCache(monotonic_s)
        self._record_exchange = record_exchange
        self._monotonic_s = monotonic_s

    async def start(self) -> None:
        await self._transport.start()

    async def close(self) -> None:
        """Close the connections; exchanges of requests that have ended are recorded when this returns."""
        await self._transport.close()
        await asyncio.sleep(0)

    def end_session(self, session: str) -> None:
        self._sessions.forget(session)

    async def request(self, request: WebRequest) -> WebAnswer:
        """The app's answer, redirects followed. Raises WebhookFailure, with the answer unless it is 2xx."""
        most_bytes = request.most_bytes or LARGEST_DOCUMENT_BYTES
        plan = self._plan(request, request.parameters, Overrides(), most_bytes)
        arrival = await self._attempts(plan, self._sessions.get(request.session))
        return _accepted(arrival)

    async def call(self, request: ApiRequest) -> WebAnswer:
        """As the port says: once, unsigned, through the same guard and log."""
        return await self._api_caller.call(request)

    async def download(self, request: WebRequest) -> WebAnswer:
        """Audio for <Play>, from the cache when its headers allow."""
        key = (request.account_sid, request.url.partition("#")[0])
        cached = self._media_cache.get(key)
        if cached is not None and cached.is_fresh(self._monotonic_s()):
            return cached.answer
        validators = cached.validators if cached is not None else {}
        most_bytes = min(request.most_bytes or LARGEST_AUDIO_BYTES, LARGEST_AUDIO_BYTES)
        plan = self._plan(request, {}, _AUDIO_DEFAULTS, most_bytes, method="GET", headers=validators)
        arrival = await self._attempts(plan, self._sessions.get(request.session))
        if cached is not None and arrival.raw.status == _NOT_MODIFIED:
            return self._media_cache.confirm(key, cached, arrival.raw.headers)
        answer = _accepted(arrival)
        self._media_cache.keep(key, answer)
        return answer

    def _plan(
        self,
        request: WebRequest,
        parameters: Mapping[str, str],
        defaults: Overrides,
        limit_bytes: int,
        *,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Plan:
        try:
            target = parse_target(request.url)
            overrides = parse_overrides(target.fragment, defaults)
        except UnusableUrl as error:
            raise WebhookFailure(BAD_URL, str(error)) from error
        except BadOverrides as error:
            raise WebhookFailure(error.code, error.message) from error
        return Plan(
            request=request,
            target=target,
            method=method or request.method.upper(),
            parameters={name: _encodable(value) for name, value in parameters.items()},
            overrides=overrides,
            deadline_s=self._monotonic_s() + overrides.total_timeout_ms / 1000,
            limit_bytes=limit_bytes,
            idempotency_token=request.request_id or new_request_id(),
            headers=headers or {},
        )

    async def _attempts(self, plan: Plan, session: WebSession) -> Arrival:
        for attempt in range(plan.overrides.retries + 1):
            try:
                arrival = await self._navigator.go(plan, session, attempt)
            except HopFailed as failure:
                if not self._goes_on(plan, attempt, failure.phase):
                    raise WebhookFailure(failure.code, failure.message) from failure
                continue
            if not self._goes_on(plan, attempt, f"{arrival.raw.status // 100}xx"):
                return arrival
        raise AssertionError("the last attempt returns or raises")

    def _goes_on(self, plan: Plan, attempt: int, outcome: str) -> bool:
        """Whether the policy asks for another attempt after this outcome and time is left for one."""
        reason = _REASONS.get(outcome)
        has_time = plan.deadline_s - self._monotonic_s() >= _SHORTEST_ATTEMPT_S
        is_last = attempt == plan.overrides.retries
        return reason is not None and plan.overrides.retries_on(reason) and has_time and not is_last

    def _record(self, hop: Hop) -> None:
        self._record_fields(lambda: exchange_of(hop, hop.request.secrets))

    def _record_fields(self, fields: Callable[[], Mapping[str, Any]]) -> None:
        asyncio.get_running_loop().call_soon(lambda: self._record_exchange(fields()))


#: What an attempt came to, as the retry policy calls it; any other outcome is final.
_REASONS = {"connect": "ct", "read": "rt", "4xx": "4xx", "5xx": "5xx"}


def _accepted(arrival: Arrival) -> WebAnswer:
    raw = arrival.raw
    answer = WebAnswer(
        arrival.url, raw.status, raw.content_type, raw.body, raw.headers, arrival.redirects,
        refuse=lambda code, text: raw.refusals.append((code, text)),
    )  # fmt: skip
    if not 200 <= raw.status < 300:
        raise WebhookFailure(RETRIEVAL_FAILED, f"{arrival.url} answered {raw.status}, not 2xx.", answer)
    return answer


def _encodable(value: str) -> str:
    """Lone surrogates (bytes of a SIP header that were no UTF-8) become `?`, in body and signature alike."""
    return value.encode("utf-8", "replace").decode()
