"""/v1/Exchanges: every web request of the account with its answer, and replaying one."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from callwright.api.body import Body
from callwright.api.caller import AsCaller, Caller
from callwright.api.exchange_shown import ExchangePage, ExchangeShown, listed, shown
from callwright.api.moments import WRITTEN, moment_named
from callwright.api.paging import PAGE, Before, Limit, page
from callwright.api.refusal import ERRORS, refused
from callwright.api.routes.checks import Problem
from callwright.api.signature_shown import DIAGNOSED, DiagnosisShown, EvidenceGiven, evidence_of
from callwright.api.signature_shown import shown as diagnosis_shown
from callwright.model.errors import InvalidMethod, InvalidParameter, InvalidUrl
from callwright.model.exchange import KINDS
from callwright.model.fields import HttpMethod, Url
from callwright.usecases.check_url import as_json
from callwright.usecases.diagnose_signature import case_of_exchange, diagnose
from callwright.usecases.list_exchanges import ExchangeFilter, list_exchanges
from callwright.usecases.ports import Ports
from callwright.usecases.replay_exchange import Replayed, ReplayOrder, replay_exchange
from callwright.usecases.setting_values import is_text
from callwright.usecases.show_exchange import show_exchange

_ONE = {**ERRORS, **refused(404, "The account has no such exchange, or not anymore.")}
_REPLAY = {
    **_ONE,
    **refused(409, "It was a request to a carrier, or parts of it are not kept (anyway=true sends the rest)."),
    **refused(429, "More than 10 replays at once or 60 a minute."),
}


_KINDS = ", ".join(KINDS)


def _kind(given: str | None) -> str | None:
    if given is not None and given not in KINDS:
        raise InvalidParameter(f"kind is not valid: give {_KINDS}.")
    return given


class Wanted(BaseModel):
    """Which exchanges are listed: those that meet all that is given."""

    model_config = ConfigDict(extra="ignore")

    call_sid: str | None = Field(None, description="Of this call.")
    message_sid: str | None = Field(None, description="Of this message.")
    application_sid: str | None = Field(None, description="Of this application's URLs.")
    request_id: str | None = Field(None, description="Attempts and redirects of this request.")
    replay_of: str | None = Field(None, description="Replays of this exchange.")
    kind: Annotated[str | None, AfterValidator(_kind)] = Field(None, description=f"Of this kind: {_KINDS}.")
    url: str | None = Field(None, description="Requests to this URL as it is configured, with their redirects.")
    since: Annotated[datetime | None, moment_named("since")] = Field(
        None, description=f"Ended at that moment or later; {WRITTEN}"
    )
    until: Annotated[datetime | None, moment_named("until")] = Field(
        None, description=f"Ended before that moment; {WRITTEN}"
    )
    failures: bool = Field(False, description="Only what failed.")


class ReplaySettings(Body):
    """How to send it again; leave all out to send the same to the same URL."""

    url: str | None = Field(None, description="Another URL to send it to.")
    method: str | None = Field(None, description="GET or POST; default: as it was.")
    anyway: bool = Field(False, description="Send it although parts of its parameters are not kept.")
    reason: str | None = Field(None, max_length=500, description="Why; goes to the server's log.")


class VerdictShown(BaseModel):
    """What the answer would be good for."""

    is_usable: bool = Field(description="Whether a call or message would get a document.")
    verdict: str = Field(description="In a sentence.")
    cause: str | None = Field(description="Why it is not usable.")
    fix: str | None = Field(description="What to do about it.")
    code: int | None = Field(description="The debugger's code for the cause.")
    verbs: list[str] = Field(description="The document's verbs in order.")
    problems: list[Problem] = Field(description="Errors and warnings of the document.")


class ReplayShown(BaseModel):
    """What was sent and what came back. Nothing happened to the call or message."""

    replay_of: str = Field(description="The exchange that was repeated.")
    request_id: str | None = Field(description="Finds the exchanges of this replay: /v1/Exchanges?request_id=…")
    url: str = Field(description="Where it was sent.")
    method: str = Field(description="GET or POST.")
    parameters: dict[str, Any] = Field(description="What was sent, freshly signed.")
    status: int | None = Field(description="HTTP status; null when no answer came.")
    content_type: str | None = Field(description="As the web app sent it.")
    headers: dict[str, Any] = Field(description="Headers of the answer.")
    body: str | None = Field(description="The first 16384 characters of the answer; null for what is no text.")
    is_body_cut: bool = Field(description="Whether the answer is longer.")
    final_url: str | None = Field(description="Where the redirects led.")
    redirects: list[str] = Field(description="The URLs it was redirected to, in order.")
    duration_ms: float = Field(description="From the request to the answer, redirects and retries included.")
    error_code: int | None = Field(description="The debugger's code; null when the answer has a status of 2xx.")
    error: str | None = Field(description="What went wrong.")
    fix: str | None = Field(description="What to do about it.")
    verdict: VerdictShown | None = Field(description="Where a document was asked for: what it is good for.")


def _filter(wanted: Wanted) -> ExchangeFilter:
    return ExchangeFilter(**wanted.model_dump())


def _order(settings: ReplaySettings, caller: Caller) -> ReplayOrder:
    url = Url(InvalidUrl).check(settings.url, "url")
    if url is not None and not is_text(url):
        raise InvalidUrl("url cannot be encoded: give an absolute http or https URL.")
    method = HttpMethod(default=None, refused_as=InvalidMethod).check(settings.method, "method")
    return ReplayOrder(url, method, settings.anyway, settings.reason or caller.actor.reason)


def _replayed(result: Replayed) -> ReplayShown:
    verdict = as_json(result.verdict) if result.verdict is not None else None
    return ReplayShown.model_validate({**result.__dict__, "redirects": list(result.redirects), "verdict": verdict})


def routes(ports: Ports) -> APIRouter:
    """List, show, replay, diagnose."""
    storage = ports.storage
    router = APIRouter(prefix="/Exchanges", tags=["Exchanges"])

    @router.get("", summary="List exchanges", responses=ERRORS)
    async def list_(
        caller: AsCaller, wanted: Annotated[Wanted, Query()], limit: Limit = PAGE, before: Before = None
    ) -> ExchangePage:
        """Newest first. They are written within a second, and kept for CALLWRIGHT_EXCHANGE_RETENTION_DAYS days."""
        chosen = _filter(wanted)
        found = await caller.read(
            storage, lambda unit, account: list_exchanges(unit, account, chosen, limit + 1, before)
        )
        rows, next_before = page(found, limit)
        return ExchangePage(exchanges=[listed(one) for one in rows], next_before=next_before)

    @router.get("/{sid}", summary="Show an exchange", responses=_ONE)
    async def show(caller: AsCaller, sid: str) -> ExchangeShown:
        """Request, answer, what was signed, timing, retries and redirects, cause and fix, and what it was about."""
        return shown(await caller.read(storage, lambda unit, account: show_exchange(unit, account, sid)))

    @router.post("/{sid}/Replay", summary="Replay an exchange", responses=_REPLAY)
    async def replay(caller: AsCaller, sid: str, settings: ReplaySettings | None = None) -> ReplayShown:
        """Send the same parameters again, freshly signed, and see the answer. The call or message is left alone."""
        order = _order(settings or ReplaySettings(), caller)
        account = await caller.read(storage, lambda unit, account: account)
        return _replayed(await replay_exchange(ports, account, sid, order))

    @router.post("/{sid}/Doctor", summary="Diagnose the signature of an exchange", responses=DIAGNOSED)
    async def doctor(caller: AsCaller, sid: str, given: EvidenceGiven | None = None) -> DiagnosisShown:
        """Why your app finds the signature wrong: which URL, parameters and token give the one it computes."""
        evidence, principal_sid = evidence_of(given or EvidenceGiven()), caller.credentials.account_sid
        case = await caller.write(
            storage, lambda unit, account: case_of_exchange(unit, account, principal_sid, sid, evidence)
        )
        return diagnosis_shown(await asyncio.to_thread(diagnose, case))

    return router
