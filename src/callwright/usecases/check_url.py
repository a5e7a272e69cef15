"""Check a URL before calls or messages depend on it: a signed test request, and what came back, judged."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from callwright.model.actor import SERVER
from callwright.model.errors import ApiError
from callwright.model.record import position_of
from callwright.model.resources.account import Account
from callwright.model.resources.call import Call
from callwright.model.resources.message import Message
from callwright.model.variants import Channel
from callwright.model.webhook_failure import fix_of
from callwright.twiml.document import Document, MessageDocument
from callwright.twiml.errors import TwimlError
from callwright.twiml.ports import DocumentRequest, Warned
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.report_problem import without_credentials
from callwright.usecases.request_document import CallDocuments
from callwright.usecases.request_message_document import MessageRequests, Question
from callwright.usecases.reserve_request import reserve_request
from callwright.usecases.web_documents import AnswerUseless
from callwright.usecases.web_ports import WebAnswer, WebhookFailure

#: The SIDs that test requests carry: no call or message ever has them.
TEST_CALL_SID, TEST_MESSAGE_SID = "CA" + "0" * 32, "SM" + "0" * 32
TEST_BODY = "Test of this URL by Callwright"
KIND = "check"

_MOST_AT_ONCE, _EVERY_S = 10, 2.0
_LONGEST_BODY = 4096
_NAME = "checks"


class TooManyChecks(ApiError):
    """URLs were checked too often: 10 at once and 30 a minute are allowed for an account. Wait, then try again."""

    code = 20429
    status = 429


@dataclass(frozen=True)
class Sample:
    """The test values of the request: numbers, and the application whose URL it is to be."""

    from_: str = "+15555550100"
    to: str = "+15555550199"
    application_sid: str | None = None


@dataclass(frozen=True)
class CheckResult:
    """What came of it. `is_usable`: a call or message would get a document from this URL.

    `cause` and `fix` say in words what is wrong, `code` is the debugger's; all three are None where nothing is.
    `problems` are errors and warnings of the document with line and column; `verbs` its verbs in order. `final_url` is
    where the `redirects` led; `body` is the beginning of the answer.
    """

    url: str
    method: str
    channel: Channel
    is_usable: bool
    verdict: str
    cause: str | None = None
    fix: str | None = None
    code: int | None = None
    status: int | None = None
    duration_ms: float = 0.0
    content_type: str | None = None
    final_url: str | None = None
    redirects: tuple[str, ...] = ()
    body: str | None = None
    is_body_cut: bool = False
    verbs: tuple[str, ...] = ()
    problems: tuple[Warned, ...] = ()


async def check_url(
    ports: Ports, account: Account, url: str, method: str, channel: Channel, sample: Sample | None = None
) -> CheckResult:
    """Ask the URL as the first request of a call (or message) would, and judge the answer. Raises TooManyChecks."""
    await reserve_check(ports, account)
    return await ask_url(ports, account, url, method, channel, sample or Sample())


async def reserve_check(ports: Ports, account: Account) -> None:
    """Take one of the account's checks: of one URL, or of all that one change brings. Raises TooManyChecks."""
    await ports.storage.write(lambda unit: _reserve(unit, account.sid), SERVER)


async def ask_url(
    ports: Ports, account: Account, url: str, method: str, channel: Channel, sample: Sample
) -> CheckResult:
    """As `check_url`, in a check that has been reserved.

    The request is signed with the account's AuthToken, goes through the egress guard and is kept as an exchange of
    kind `check`. It takes as long as a call would wait (15 seconds by default).
    """
    documents = _DOCUMENTS[channel](ports, account, sample)
    # No session: cookies and credentials of one check are nothing to another, or to a call.
    asked = replace(documents.web_request(DocumentRequest(url, method), KIND), session=None)
    asked = replace(asked, call_sid=None, message_sid=None)  # the log of exchanges knows no such call
    result = CheckResult(without_credentials(url), method, channel, is_usable=False, verdict="")
    started = ports.now()
    try:
        answer = await ports.webhooks.request(asked)
    except WebhookFailure as failure:
        took = replace(result, duration_ms=_since(started, ports.now()))
        return _failed(_with_answer(took, failure.answer), failure.code, failure.message)
    took = replace(result, duration_ms=_since(started, ports.now()))
    return _judged(_with_answer(took, answer), documents, answer)


def judge_answer(ports: Ports, account: Account, answer: WebAnswer, method: str, channel: Channel) -> CheckResult:
    """What an answer that has come would be good for; nothing is asked."""
    result = CheckResult(without_credentials(answer.url), method, channel, is_usable=False, verdict="")
    return _judged(_with_answer(result, answer), _DOCUMENTS[channel](ports, account, Sample()), answer)


def _reserve(unit: UnitOfWork, account_sid: str) -> None:
    if not reserve_request(unit, account_sid, _NAME, every_s=_EVERY_S, most_at_once=_MOST_AT_ONCE):
        raise TooManyChecks()


def _of_call(ports: Ports, account: Account, sample: Sample) -> CallDocuments:
    call = Call.model_construct(
        sid=TEST_CALL_SID,
        account_sid=account.sid,
        from_=sample.from_,
        to=sample.to,
        status="ringing",
        direction="inbound",
        application_sid=sample.application_sid,
    )
    return CallDocuments(ports, account, lambda: call)


def _of_message(ports: Ports, account: Account, sample: Sample) -> MessageRequests:
    message = Message.model_construct(
        sid=TEST_MESSAGE_SID,
        position=position_of(TEST_MESSAGE_SID),
        account_sid=account.sid,
        from_=sample.from_,
        to=sample.to,
        body=TEST_BODY,
        status="received",
        direction="inbound",
        application_sid=sample.application_sid,
    )
    return MessageRequests(ports, Question(message, account))


Documents = CallDocuments | MessageRequests
_DOCUMENTS: dict[Channel, Callable[[Ports, Account, Sample], Documents]] = {"voice": _of_call, "sms": _of_message}


def _with_answer(result: CheckResult, answer: WebAnswer | None) -> CheckResult:
    if answer is None:
        return result
    body, is_cut = beginning(answer.text, _LONGEST_BODY)
    return replace(
        result,
        status=answer.status,
        content_type=answer.content_type or None,
        final_url=without_credentials(answer.url),
        redirects=answer.redirects,
        body=body,
        is_body_cut=is_cut,
    )


def beginning(text: str, longest: int) -> tuple[str, bool]:
    """Of an answer what people are shown, without what JSON readers and terminals choke on; whether there is more."""
    return text[:longest].replace("\x00", "\N{REPLACEMENT CHARACTER}"), len(text) > longest


def _judged(result: CheckResult, documents: Documents, answer: WebAnswer) -> CheckResult:
    try:
        document: Document | MessageDocument = documents.understand(answer)
    except AnswerUseless as useless:
        return _failed(result, useless.problem.code, useless.problem.message)
    except TwimlError as error:
        place = f" (line {error.line}, column {error.column})" if error.line is not None else ""
        return replace(_failed(result, error.code, f"{error.message}{place}"), problems=(error.warned,))
    verbs = tuple(verb.element_name for verb in document.verbs)
    verdict = f"Usable: {_described(result.channel, verbs)}"
    if document.warnings:
        verdict += f", with {len(document.warnings)} warning(s): what they name is left out"
    return replace(result, is_usable=True, verdict=f"{verdict}.", verbs=verbs, problems=document.warnings)


def _described(channel: Channel, verbs: tuple[str, ...]) -> str:
    if verbs:
        return ", ".join(f"<{verb}>" for verb in verbs[:10]) + (" …" if len(verbs) > 10 else "")
    return "an empty document, so the call is hung up" if channel == "voice" else "no reply is sent"


def _failed(result: CheckResult, code: int, message: str) -> CheckResult:
    fix = fix_of(code, result.status)
    return replace(result, verdict=f"Not usable: {message}", cause=message, fix=fix, code=code)


def _since(started: datetime, now: datetime) -> float:
    return round((now - started).total_seconds() * 1000, 1)


def as_json(result: CheckResult) -> dict[str, Any]:
    """The result as /v1 shows it, wherever a check is part of an answer."""
    problems = [
        {
            "code": problem.code,
            "message": problem.message,
            "line": problem.line,
            "column": problem.column,
            "is_error": problem.is_error,
        }
        for problem in result.problems
    ]
    return {**result.__dict__, "redirects": list(result.redirects), "verbs": list(result.verbs), "problems": problems}
