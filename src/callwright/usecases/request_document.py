"""Ask a call's web app for its next document: the URL, then the fallback; every failure is told to the debugger.

Reference: webhooks, "Timeouts, retries, fallback" and "Answer".
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from callwright.model.resources.account import Account
from callwright.model.resources.call import Call
from callwright.twiml import document
from callwright.twiml.document import Document
from callwright.twiml.errors import TwimlError
from callwright.twiml.ports import DocumentFailed, DocumentRequest
from callwright.usecases.ports import Ports, WebAnswer, WebhookFailure, WebRequest
from callwright.usecases.report_problem import Problem, tell_debugger, without_credentials
from callwright.usecases.voice_parameters import voice_parameters

_XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
_NO_URL = 11100
_BAD_CONTENT_TYPE = 12300


class _Failed(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class CallDocuments:
    """The documents of one call; implements twiml.ports.Documents."""

    def __init__(self, ports: Ports, account: Account, current_call: Callable[[], Call]) -> None:
        self._ports = ports
        self._account = account
        self._current_call = current_call

    async def first(self) -> Document:
        """The document a call starts with: its Twiml, else its Url, else (there being none) its fallback."""
        call = self._current_call()
        if call.url is None and call.twiml is not None:
            return await self._inline(call.twiml)
        return await self.fetch(DocumentRequest(call.url or "", call.method))

    async def inline(self, twiml: str) -> Document:
        """A document that came with a request to the API; it has no URL to be relative to."""
        return await self._inline(twiml)

    async def fetch(self, request: DocumentRequest) -> Document:
        try:
            return await self._ask(request, "document")
        except _Failed as failure:
            return await self._fall_back(failure.problem, request.url, request.parameters)

    async def _inline(self, twiml: str) -> Document:
        try:
            return document.parse(twiml, None)
        except TwimlError as error:
            return await self._fall_back(_of_twiml(error), "", {})

    async def _fall_back(self, problem: Problem, failed_url: str, parameters: Mapping[str, str]) -> Document:
        await self._report(problem)
        call = await self._as_stored()
        if not call.fallback_url or failed_url == call.fallback_url:
            raise DocumentFailed(problem.message)
        told = {**parameters, "ErrorCode": str(problem.code)}
        if failed_url:
            told["ErrorUrl"] = without_credentials(failed_url)  # the fallback may be another server's
        try:
            return await self._ask(DocumentRequest(call.fallback_url, call.fallback_method, told), "fallback")
        except _Failed as failure:
            await self._report(failure.problem)
            raise DocumentFailed(failure.problem.message) from failure

    async def _as_stored(self) -> Call:
        """The call with its fallback as it is now: an update through the API may have changed that."""
        call = self._current_call()
        return await self._ports.storage.read(lambda unit: unit.get(Call, call.sid)) or call

    async def _ask(self, request: DocumentRequest, kind: str) -> Document:
        if not request.url:
            raise _Failed(Problem(_NO_URL, "There is no VoiceUrl to ask: set one on the application or number."))
        asked = self._web_request(request, kind)
        try:
            answer = await self._ports.webhooks.request(asked)
            return _understand(answer)
        except WebhookFailure as failure:
            problem = Problem(failure.code, failure.message, answer=failure.answer)
        except TwimlError as error:
            problem = replace(_of_twiml(error), answer=answer)
        except _Failed as failed:
            problem = replace(failed.problem, answer=answer)
        variables = urlencode(asked.parameters)
        raise _Failed(replace(problem, url=request.url, method=request.method, variables=variables))

    def audio_request(self, url: str) -> WebRequest:
        """Ask for audio; the standard parameters are not sent with it."""
        return self._about_call(url, "GET", {}, "media")

    def _web_request(self, request: DocumentRequest, kind: str) -> WebRequest:
        parameters = {**voice_parameters(self._current_call()), **request.parameters}
        return self._about_call(request.url, request.method, parameters, kind)

    def _about_call(self, url: str, method: str, parameters: Mapping[str, str], kind: str) -> WebRequest:
        call = self._current_call()
        return WebRequest(
            url=url,
            method=method,
            parameters=parameters,
            account_sid=call.account_sid,
            auth_token=self._account.auth_token,
            kind=kind,
            call_sid=call.sid,
            application_sid=call.application_sid,
            session=call.sid,
        )

    async def _report(self, problem: Problem) -> None:
        await tell_debugger(self._ports.storage, self._current_call(), problem)


def _of_twiml(error: TwimlError) -> Problem:
    place = f" (line {error.line}, column {error.column})" if error.line is not None else ""
    return Problem(error.code, f"{error.message}{place}")


def _understand(answer: WebAnswer) -> Document:
    media_type = answer.content_type.partition(";")[0].strip().lower()
    if media_type in _XML_TYPES:
        return document.parse(answer.body, answer.url, answer.content_type)
    if media_type.startswith("audio/"):
        return document.play_audio(answer.url)
    if media_type == "text/plain":
        return _plain_text(answer)
    named = media_type or "no content type"
    raise _Failed(Problem(_BAD_CONTENT_TYPE, f"The answer has {named}: send TwiML as text/xml, or audio."))


def _plain_text(answer: WebAnswer) -> Document:
    if answer.text.lstrip().startswith("<"):
        return document.parse(answer.body, answer.url, answer.content_type)
    if not answer.text.strip():
        return document.parse(b"", answer.url)
    return document.say_text(answer.text, answer.url)
