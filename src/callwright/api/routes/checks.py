"""/v1/Checks: whether a URL can take calls or messages, before anything depends on it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callwright.api.body import Body
from callwright.api.caller import AsCaller
from callwright.api.refusal import ERRORS, refused
from callwright.model.errors import InvalidMethod, InvalidParameter, InvalidUrl
from callwright.model.fields import HttpMethod, Url
from callwright.model.resources.account import Account
from callwright.model.sid import is_sid
from callwright.model.variants import Channel
from callwright.usecases.change_application import own_application
from callwright.usecases.check_url import CheckResult, Sample, as_json, check_url
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.setting_values import is_text


class CheckOrder(Body):
    """The URL to check, and the test values its request carries."""

    url: str = Field(description="Absolute http or https URL, with credentials and #overrides as it would be set.")
    method: str = Field("POST", description="GET or POST.")
    channel: Channel = Field("voice", description="voice: as a call asks; sms: as a message asks.")
    to: str | None = Field(None, max_length=64, description="To of the test request; default +15555550199.")
    from_: str | None = Field(
        None, alias="from", max_length=64, description="From of the test request; default +15555550100."
    )
    application_sid: str | None = Field(None, description="ApplicationSid of the test request; default none.")


class Problem(BaseModel):
    """An error or warning of the document that came back."""

    code: int = Field(description="The debugger's code.")
    message: str = Field(description="What is wrong.")
    line: int | None = Field(description="From 1.")
    column: int | None = Field(description="From 1.")
    is_error: bool = Field(description="false: a warning, the document runs without what it names.")


class CheckShown(BaseModel):
    """What came of a check."""

    url: str = Field(description="The URL, without credentials.")
    method: str = Field(description="GET or POST.")
    channel: Channel = Field(description="voice or sms.")
    is_usable: bool = Field(description="Whether a call or message would get a document from this URL.")
    verdict: str = Field(description="The result in a sentence.")
    cause: str | None = Field(description="Why it is not usable.")
    fix: str | None = Field(description="What to do about it.")
    code: int | None = Field(description="The debugger's code for the cause.")
    status: int | None = Field(description="HTTP status; null when no answer came.")
    duration_ms: float = Field(description="From the request to the answer, redirects included.")
    content_type: str | None = Field(description="As the web app sent it.")
    final_url: str | None = Field(description="Where the redirects led; the URL itself when there were none.")
    redirects: list[str] = Field(description="The URLs it was redirected to, in order.")
    body: str | None = Field(description="The first 4096 characters of the answer.")
    is_body_cut: bool = Field(description="Whether the answer is longer.")
    verbs: list[str] = Field(description="The document's verbs in order.")
    problems: list[Problem] = Field(description="Errors and warnings of the document.")


#: What resources with URLs have in common: whether their URLs are checked, what came of it, how it is refused.
Check = Annotated[
    bool, Query(description="Ask each URL that changes before saving; one that is not usable refuses the change.")
]
SaveAnyway = Annotated[bool, Query(description="With check=true: save also when a URL is not usable.")]
CHECKED: Any = Field([], description="One for each URL that was checked (check=true).")
UNUSABLE = {
    **refused(422, "A URL is not usable: `checks` says what came back. Nothing was saved."),
    **refused(429, "URLs were checked too often."),
}


def shown(result: CheckResult) -> CheckShown:
    """A result in the form of /v1."""
    return CheckShown.model_validate(as_json(result))


def _sample(order: CheckOrder) -> Sample:
    given: dict[str, Any] = {"to": order.to, "from_": order.from_, "application_sid": order.application_sid}
    for name, value in given.items():
        if value is not None and not is_text(value):
            raise InvalidParameter(f"{name.rstrip('_')} has characters that cannot be sent: leave them out.")
    if order.application_sid and not is_sid(order.application_sid, "AP"):
        raise InvalidParameter("application_sid is not a valid SID: give AP… (34 characters).")
    return Sample(**{name: value for name, value in given.items() if value})


def _asking(unit: UnitOfWork, account: Account, order: CheckOrder) -> Account:
    """The account, once it is known that the application is its own."""
    if order.application_sid:
        own_application(unit, account, order.application_sid)
    return account


def routes(ports: Ports) -> APIRouter:
    """One request that checks."""
    router = APIRouter(prefix="/Checks", tags=["Checks"])

    @router.post(
        "", summary="Check a URL", responses={**ERRORS, **refused(429, "More than 10 checks at once or 30 a minute.")}
    )
    async def check(caller: AsCaller, order: CheckOrder) -> CheckShown:
        """Send a signed test request as a call or message would, and judge the answer; nothing is stored but the log.

        CallSid is CA and 32 zeros, MessageSid SM and 32 zeros: a web app can tell a test by it.
        """
        url = Url(InvalidUrl).check(order.url, "url")
        if url is None or not is_text(url):
            raise InvalidUrl("url is empty or cannot be encoded: give an absolute http or https URL.")
        method = HttpMethod(refused_as=InvalidMethod).check(order.method, "method")
        sample = _sample(order)
        account = await caller.read(ports.storage, lambda unit, account: _asking(unit, account, order))
        return shown(await check_url(ports, account, url, method, order.channel, sample))

    return router
