"""One attempt at a request: each hop signed, redirects by a browser's rules, credentials when asked for."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from callwright.model.signature import sign
from callwright.usecases.web_ports import WebRequest
from callwright.webhooks.bodies import in_utf8
from callwright.webhooks.credentials import parse_challenges, strongest
from callwright.webhooks.exchange_log import Hop
from callwright.webhooks.failures import BAD_URL, RETRIEVAL_FAILED, TOO_MANY_REDIRECTS, HopFailed
from callwright.webhooks.overrides import Overrides
from callwright.webhooks.sessions import WebSession
from callwright.webhooks.target import Target, UnusableUrl
from callwright.webhooks.transport import RawAnswer, Timeouts, Timing, Transport

MOST_REDIRECTS = 10
USER_AGENT = "TwilioProxy/1.1"

_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_BECOMES_GET = frozenset({301, 302, 303})
_KEEPS_METHOD = frozenset({307, 308})
_NOT_MODIFIED = 304
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


@dataclass(frozen=True)
class _Going:
    """How far an attempt is: `hop` redirects have been followed, and whether a challenge was answered on this one."""

    attempt: int
    step: _Step
    hop: int = 0
    is_authorized: bool = False


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
        going = _Going(attempt, _first_step(plan))
        base = plan.target.document_url
        redirects: tuple[str, ...] = ()
        while True:
            raw, following = await self._hop(plan, session, going)
            if following is None:
                return Arrival(base, raw, redirects)
            if following.hop > going.hop:
                base = following.step.target.document_url
                redirects = (*redirects, base)
            going = following

    async def _hop(self, plan: Plan, session: WebSession, going: "_Going") -> tuple[RawAnswer, "_Going | None"]:
        """The answer, and what to ask next: None when this is the end. The exchange is recorded."""
        headers = _headers(plan, going.step, session)
        started_s, timing = self._monotonic_s(), Timing()
        raw: RawAnswer | None = None
        failure: HopFailed | None = None
        try:
            raw = await self._send(plan, going.step, headers, timing)
            session.keep_cookies(going.step.target, raw.headers.getall("Set-Cookie", []))
            following = _following(plan, going, session, raw)
            failure = _refusal(plan, raw) if following is None else None
        except HopFailed as error:
            failure = error
            raise
        except asyncio.CancelledError:
            failure = HopFailed(RETRIEVAL_FAILED, "The call ended before the answer came.")
            raise
        finally:
            duration_ms = (self._monotonic_s() - started_s) * 1000
            step, about = going.step, (plan.request, plan.idempotency_token, going.attempt, going.hop)
            asked = (step.method, step.target.url, headers, step.parameters)
            self._record_hop(Hop(*about, *asked, timing, duration_ms, raw, failure))
        return raw, following

    async def _send(self, plan: Plan, step: _Step, headers: Mapping[str, str], timing: Timing) -> RawAnswer:
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
            timing=timing,
        )
        return RawAnswer(raw.status, raw.headers, in_utf8(raw.body, raw.content_type))


def _first_step(plan: Plan) -> _Step:
    if plan.method == "GET":
        return _Step("GET", plan.target.with_query(plan.parameters), plan.parameters)
    return _Step("POST", plan.target, plan.parameters)


def _following(plan: Plan, going: _Going, session: WebSession, raw: RawAnswer) -> _Going | None:
    """Where an answer leads: the same again with credentials, or a redirect. Raises HopFailed where it cannot."""
    if raw.status == _UNAUTHORIZED:
        may_answer = not going.is_authorized and _accepts_challenge(session, going.step.target, raw)
        return replace(going, is_authorized=True) if may_answer else None
    location = raw.headers.get("Location")
    if raw.status not in _BECOMES_GET | _KEEPS_METHOD or location is None:
        return None
    if going.hop == MOST_REDIRECTS:
        raise HopFailed(TOO_MANY_REDIRECTS, f"{plan.target.url} redirects more than {MOST_REDIRECTS} times.")
    return _Going(going.attempt, _next_step(going.step, raw.status, location), going.hop + 1)


def _accepts_challenge(session: WebSession, target: Target, raw: RawAnswer) -> bool:
    """Credentials are sent only when they are asked for, and not those again that were just refused."""
    credentials = session.credentials_for(target)
    if credentials is None:
        return False
    challenge = strongest(parse_challenges(", ".join(raw.headers.getall("WWW-Authenticate", []))))
    return challenge is not None and credentials.accept(challenge)


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


def _refusal(plan: Plan, raw: RawAnswer) -> HopFailed | None:
    """What is wrong with an answer that leads nowhere else."""
    is_confirmation = raw.status == _NOT_MODIFIED and bool(plan.headers)
    if 200 <= raw.status < 300 or is_confirmation:
        return None
    return HopFailed(RETRIEVAL_FAILED, f"The web app answered {raw.status}.")
