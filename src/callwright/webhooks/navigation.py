"""One attempt at a request: each hop signed, redirects by a browser's rules, credentials when asked for."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from callwright.usecases.ports import WebRequest
from callwright.webhooks.bodies import in_utf8
from callwright.webhooks.credentials import parse_challenges, strongest
from callwright.webhooks.exchange_log import Hop
from callwright.webhooks.failures import BAD_URL, RETRIEVAL_FAILED, TOO_MANY_REDIRECTS, HopFailed
from callwright.webhooks.overrides import Overrides
from callwright.webhooks.sessions import WebSession
from callwright.webhooks.signature import sign
from callwright.webhooks.target import Target, UnusableUrl
from callwright.webhooks.transport import RawAnswer, Timeouts, Transport

MOST_REDIRECTS = 10
USER_AGENT = "TwilioProxy/1.1"

_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_BECOMES_GET = frozenset({301, 302, 303})
_KEEPS_METHOD = frozenset({307, 308})
_UNAUTHORIZED = 401


@dataclass(frozen=True)
class Plan:
    """What stays the same over all attempts at one request."""

    request: WebRequest
    target: Target
    method: str
    parameters: Mapping[str, str]
    overrides: Overrides
    deadline_s: float
    limit_bytes: int
    idempotency_token: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Arrival:
    """The answer at the end of all `redirects`; `url` is the base for relative URLs in it."""

    url: str
    raw: RawAnswer
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Step:
    """A hop to make; `parameters` are what it carries: the body, or (GET) already in the target's query."""

    method: str
    target: Target
    parameters: Mapping[str, str]

    @property
    def form(self) -> Mapping[str, str]:
        return self.parameters if self.method == "POST" else {}

    @property
    def body(self) -> bytes | None:
        return urlencode(self.form).encode() if self.method == "POST" else None


class Navigator:
    """Carries out attempts; each hop is handed to `record_hop`."""

    def __init__(
        self, transport: Transport, record_hop: Callable[[Hop], None], monotonic_s: Callable[[], float]
    ) -> None:
        self._transport = transport
        self._record_hop = record_hop
        self._monotonic_s = monotonic_s

    async def go(self, plan: Plan, session: WebSession, attempt: int) -> Arrival:
        """The answer, whatever its status; raises HopFailed when there is none."""
        step, base = _first_step(plan), plan.target.document_url
        redirects: tuple[str, ...] = ()
        for _ in range(MOST_REDIRECTS + 1):
            raw = await self._authorized(plan, step, session, attempt)
            location = raw.headers.get("Location")
            if raw.status not in _BECOMES_GET | _KEEPS_METHOD or location is None:
                return Arrival(base, raw, redirects)
            step = _next_step(step, raw.status, location)
            base = step.target.document_url
            redirects = (*redirects, base)
        raise HopFailed(TOO_MANY_REDIRECTS, f"{plan.target.url} redirects more than {MOST_REDIRECTS} times.")

    async def _authorized(self, plan: Plan, step: _Step, session: WebSession, attempt: int) -> RawAnswer:
        """Ask without credentials unless the session has been asked for them; answer one challenge."""
        credentials = session.credentials_for(step.target)
        raw = await self._hop(plan, step, session, attempt)
        if raw.status != _UNAUTHORIZED or credentials is None:
            return raw
        header = ", ".join(raw.headers.getall("WWW-Authenticate", []))
        challenge = strongest(parse_challenges(header))
        if challenge is None or not credentials.accept(challenge):
            return raw
        return await self._hop(plan, step, session, attempt)

    async def _hop(self, plan: Plan, step: _Step, session: WebSession, attempt: int) -> RawAnswer:
        headers = _headers(plan, step, session)
        started_s = self._monotonic_s()
        raw: RawAnswer | None = None
        failure: HopFailed | None = None
        try:
            raw = await self._send(plan, step, headers)
            failure = _refusal(raw)
        except HopFailed as error:
            failure = error
            raise
        except asyncio.CancelledError:
            failure = HopFailed(RETRIEVAL_FAILED, "The call ended before the answer came.")
            raise
        finally:
            duration_ms = (self._monotonic_s() - started_s) * 1000
            made = Hop(plan.request, attempt, step.method, step.target.url, headers, step.parameters, duration_ms)
            self._record_hop(replace(made, answer=raw, failure=failure))
        session.keep_cookies(step.target, raw.headers.getall("Set-Cookie", []))
        return raw

    async def _send(self, plan: Plan, step: _Step, headers: Mapping[str, str]) -> RawAnswer:
        overrides = plan.overrides
        left_s = plan.deadline_s - self._monotonic_s()
        if left_s <= 0:
            total_s = overrides.total_timeout_ms / 1000
            raise HopFailed(RETRIEVAL_FAILED, f"{step.target.authority} did not answer within {total_s:g} s.")
        raw = await self._transport.send(
            step.method,
            step.target,
            headers,
            step.body,
            timeouts=Timeouts(overrides.connect_timeout_ms / 1000, overrides.read_timeout_ms / 1000, left_s),
            limit_bytes=plan.limit_bytes,
            sends_server_name=overrides.sends_server_name,
        )
        return RawAnswer(raw.status, raw.headers, in_utf8(raw.body, raw.content_type))


def _first_step(plan: Plan) -> _Step:
    if plan.method == "GET":
        return _Step("GET", plan.target.with_query(plan.parameters), plan.parameters)
    return _Step("POST", plan.target, plan.parameters)


def _next_step(step: _Step, status: int, location: str) -> _Step:
    try:
        target = step.target.redirected(location)
    except UnusableUrl as error:
        raise HopFailed(BAD_URL, str(error)) from error
    if status in _KEEPS_METHOD:
        return _Step(step.method, target, step.form)
    return _Step("GET", target, {})


def _headers(plan: Plan, step: _Step, session: WebSession) -> dict[str, str]:
    credentials = session.credentials_for(step.target)
    authorization = credentials.authorization(step.method, step.target.path_and_query) if credentials else None
    optional = {
        "Content-Type": _FORM if step.method == "POST" else None,
        "Cookie": session.cookie_header(step.target),
        "Authorization": authorization,
    }
    return {
        "Host": step.target.authority,
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "X-Twilio-Signature": sign(plan.request.auth_token, step.target.url, step.form),
        "I-Twilio-Idempotency-Token": plan.idempotency_token,
        **plan.headers,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _refusal(raw: RawAnswer) -> HopFailed | None:
    """What the inspector shows in red; a challenge is only part of the way."""
    if raw.status < 400 or raw.status == _UNAUTHORIZED:
        return None
    return HopFailed(RETRIEVAL_FAILED, f"The web app answered {raw.status}.")
