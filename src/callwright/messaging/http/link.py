"""The link of an HTTP carrier: sends by its API, and reads what it tells by webhooks."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import orjson
import structlog

from callwright.messaging.carrier import CarrierAnswer, CarrierRequest, LinkContext
from callwright.messaging.http.answers import outcome_of
from callwright.messaging.http.settings import HttpSettings, opened
from callwright.messaging.http.template import Values, filled, mentions
from callwright.messaging.http.webhooks import CarrierWebhooks
from callwright.model.resources.message import Message
from callwright.usecases.carrier_traffic import Outcome, Postponed, Refused, Sending, Unacknowledged
from callwright.usecases.ports import CarrierState
from callwright.usecases.retain_message import hides_address, hides_text, is_kept_whole
from callwright.usecases.web_ports import ApiRequest, NotReached, WebhookFailure

log = structlog.get_logger()

_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_JSON = "application/json"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_FAILURES_IN_A_ROW = 3
#: While the settings are refused: somebody has to change them, and asking often may lock the login.
_REFUSED_PAUSE_S = 60.0
_FORBIDDEN = 403
_NOT_KEPT = "[not kept]"


class HttpLink:
    """Implements CarrierLink and WebLink. There is no connection to keep: it is ready until the API fails."""

    def __init__(self, settings: HttpSettings, context: LinkContext) -> None:
        self._settings = settings
        self._context = context
        self._takes_media = mentions(settings.fields, "media_urls")
        self._webhooks = CarrierWebhooks(settings, context.carrier, context.traffic)
        self._state = CarrierState("stopped", is_ready=False)
        self._underway: set[asyncio.Task[Any]] = set()
        self._failures = 0
        self._pause_s = _FIRST_PAUSE_S
        self._wake: asyncio.TimerHandle | None = None

    @property
    def state(self) -> CarrierState:
        return self._state

    @property
    def room(self) -> int:
        # After a refusal one message tries whether the settings are accepted by now.
        most = 1 if self._state.state == "refused" else self._settings.concurrency
        return max(most - len(self._underway), 0) if self._state.is_ready else 0

    async def start(self) -> None:
        self._set_state("ready")

    async def stop(self, timeout_s: float) -> None:
        self._state = CarrierState("stopped", is_ready=False)
        if self._wake is not None:
            self._wake.cancel()
        if self._underway:
            await asyncio.wait(self._underway, timeout=timeout_s)

    async def submit(self, sending: Sending) -> Outcome:
        if not self._state.is_ready:
            return Postponed(self._state.detail or f"the carrier is {self._state.state}")
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._underway.add(task)
        try:
            return await self._sent(sending)
        finally:
            was_full = not self.room
            self._underway.discard(task)
            if was_full and self.room:
                self._context.traffic.changed()

    async def handle_web(self, request: CarrierRequest) -> CarrierAnswer:
        return await self._webhooks.handle(request)

    async def _sent(self, sending: Sending) -> Outcome:
        try:
            answer = await self._context.webhooks.call(self._request(sending))
        except NotReached as failure:
            self._pause("paused", failure.message)
            return Postponed(failure.message)
        except WebhookFailure as failure:
            return Unacknowledged(failure.message.rstrip("."))
        outcome = outcome_of(answer, self._settings, self._context.now())
        self._judge(answer.status, outcome)
        return outcome

    def _judge(self, status: int, outcome: Outcome) -> None:
        """Pause when the carrier asks for it, or fails again and again: one failure may be one message's."""
        if isinstance(outcome, Refused) and outcome.try_elsewhere:
            self._failures += 1
            # Some say 403 of what is not allowed for one number: that is no reason to keep all others waiting.
            if status != _FORBIDDEN or self._failures >= _FAILURES_IN_A_ROW:
                self._pause("refused", f"{outcome.reason}.", _REFUSED_PAUSE_S)
            return
        if self._state.state == "refused":
            self._set_state("ready")
        if status < 400 or not isinstance(outcome, Postponed | Unacknowledged):
            self._failures, self._pause_s = 0, _FIRST_PAUSE_S
            return
        self._failures += 1
        if status in self._settings.retry_statuses or self._failures >= _FAILURES_IN_A_ROW:
            delay_s = outcome.delay_s if isinstance(outcome, Postponed) else 0.0
            self._pause("paused", f"{outcome.reason}; it is asked again after a while", delay_s)

    def _request(self, sending: Sending) -> ApiRequest:
        settings = self._settings
        values = self._values(sending)
        fields = shown = filled(settings.fields, values)
        if not is_kept_whole(sending.message):
            shown = filled(settings.fields, _recorded(sending.message, values))
        url, shown_url, content_type, body = settings.url, settings.url, "", None
        if settings.content == "query":
            url, shown_url = _with_query(url, fields), _with_query(url, shown)
        elif settings.content == "form":
            content_type, body = _FORM, urlencode(fields, doseq=True).encode()
        else:
            content_type, body = _JSON, orjson.dumps(fields)
        headers = {**settings.headers, **self._authorization()}
        return ApiRequest(
            url=url,
            method=settings.method,
            account_sid=sending.message.account_sid,
            headers={**headers, "Content-Type": content_type} if content_type else headers,
            body=body,
            shown={name: _shown(value) for name, value in shown.items()} if body is not None else {},
            shown_url=shown_url,
            secrets=tuple(filter(None, [opened(settings.secret), *_unrecorded(sending.message)])),
            message_sid=sending.message.sid,
            timeout_s=settings.timeout_s,
        )

    def _values(self, sending: Sending) -> Values:
        message, carrier = sending.message, self._context.carrier
        return {
            "from": self._number(message.from_ or ""),
            "to": self._number(message.to or ""),
            "body": _encodable(self._text(sending)),
            "sid": message.sid,
            "media_urls": [media.url for media in sending.media],
            "callback_url": f"{self._context.settings.base_url}/carriers/{carrier.sid}/receipts",
            "segments": int(message.num_segments),
            "username": self._settings.username,
            "secret": opened(self._settings.secret),
        }

    def _text(self, sending: Sending) -> str:
        """The text; links to media follow it, one in each line, where the template has no place for them."""
        urls = [] if self._takes_media else [media.url for media in sending.media]
        return "\n".join(line for line in (sending.message.body, *urls) if line)

    def _number(self, number: str) -> str:
        return number.removeprefix("+") if self._settings.numbers == "digits" else number

    def _authorization(self) -> dict[str, str]:
        settings = self._settings
        secret = opened(settings.secret)
        match settings.auth:
            case "basic":
                pair = base64.b64encode(f"{settings.username}:{secret}".encode()).decode()
                return {"Authorization": f"Basic {pair}"}
            case "bearer":
                return {"Authorization": f"Bearer {secret}"}
            case "header":
                return {settings.auth_header: secret}
        return {}

    def _pause(self, state: str, detail: str, at_least_s: float = 0.0) -> None:
        """Take nothing for a while, longer with each failure in a row: others may take what waits meanwhile."""
        if not self._state.is_ready:
            return
        log.warning("carrier is paused", carrier=self._context.carrier.sid, cause=detail)
        self._set_state(state, detail)
        pause_s = max(self._pause_s, at_least_s)
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
        self._wake = asyncio.get_running_loop().call_later(pause_s, self._resume)

    def _resume(self) -> None:
        """Take messages again. A refusal is shown until one was not refused."""
        if self._state.state == "refused":
            self._state = replace(self._state, is_ready=True)
            self._context.traffic.changed()
        else:
            self._set_state("ready")

    def _set_state(self, state: str, detail: str | None = None) -> None:
        self._state = CarrierState(state, is_ready=state == "ready", detail=detail, since=self._context.now())
        self._context.traffic.changed()


def _with_query(url: str, fields: Mapping[str, Any]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields, doseq=True)}"


def _recorded(message: Message, values: Values) -> Values:
    """What the exchange log may show of a message's values, by its ContentRetention and AddressRetention."""
    hidden = {"body": _NOT_KEPT} if hides_text(message) else {}
    return {**values, **hidden, **({"to": _NOT_KEPT} if hides_address(message) else {})}


def _unrecorded(message: Message) -> tuple[str, ...]:
    """What it must not show, should the API repeat it."""
    text, address = message.body if hides_text(message) else "", message.to if hides_address(message) else ""
    return (text or "", (address or "").removeprefix("+"))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
