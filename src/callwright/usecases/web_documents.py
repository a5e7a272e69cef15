"""Ask a web app for documents: the URL, then the fallback; every failure is told to the debugger.

What calls and messages have in common. Reference: webhooks, "Timeouts, retries, fallback" and "Answer".
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Generic, TypeVar
from urllib.parse import urlencode

from callwright.model.resources.call import Call
from callwright.model.resources.message import Message
from callwright.twiml.errors import TwimlError
from callwright.twiml.ports import DocumentFailed, DocumentRequest
from callwright.usecases.guard_variant import count_variant
from callwright.usecases.ports import Ports
from callwright.usecases.report_problem import Problem, problem_of, tell_debugger, without_credentials
from callwright.usecases.web_ports import WebAnswer, WebhookFailure, WebRequest

XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
PLAIN_TEXT = "text/plain"
_NO_URL = 11100
_BAD_CONTENT_TYPE = 12300

S = TypeVar("S", Call, Message)
D = TypeVar("D")


class AnswerUseless(Exception):
    """A document could not be had; `problem` is for the debugger."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class WebDocuments(ABC, Generic[S, D]):
    """The documents (D) of one call or message (S); what is abstract is how the two differ."""

    #: Cause and fix when there is no URL to ask.
    no_url: ClassVar[str]

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @abstractmethod
    def _subject(self) -> S:
        """What the requests are about."""

    @abstractmethod
    async def _as_stored(self) -> S:
        """The subject with its fallback as it is now: an update through the API may have changed that."""

    @abstractmethod
    def _parameters(self) -> Mapping[str, str]:
        """The parameters that every request about the subject has."""

    @abstractmethod
    def _about_subject(self, url: str, method: str, parameters: Mapping[str, str], kind: str) -> WebRequest: ...

    @abstractmethod
    def understand(self, answer: WebAnswer) -> D:
        """The document in an answer. Raises TwimlError and AnswerUseless."""

    def web_request(self, request: DocumentRequest, kind: str = "document") -> WebRequest:
        """What is sent to the web app for a document."""
        parameters = {**self._parameters(), **request.parameters}
        return self._about_subject(request.url, request.method, parameters, kind)

    async def fetch(self, request: DocumentRequest) -> D:
        """Ask, parse and validate; on failure the same of the fallback URL. Raises DocumentFailed."""
        try:
            document = await self._ask(request, "document")
        except AnswerUseless as failure:
            await count_variant(self._ports, self._subject(), request.url, has_failed=True)
            return await self._fall_back(failure.problem, request.url, request.parameters)
        await count_variant(self._ports, self._subject(), request.url, has_failed=False)
        return document

    async def _fall_back(self, problem: Problem, failed_url: str, parameters: Mapping[str, str]) -> D:
        await self._report(problem)
        subject = await self._as_stored()
        if not subject.fallback_url or failed_url == subject.fallback_url:
            raise _document_failed(problem)
        told = {**parameters, "ErrorCode": str(problem.code)}
        if failed_url:
            told["ErrorUrl"] = without_credentials(failed_url)  # the fallback may be another server's
        try:
            return await self._ask(DocumentRequest(subject.fallback_url, subject.fallback_method, told), "fallback")
        except AnswerUseless as failure:
            await self._report(failure.problem)
            raise _document_failed(failure.problem) from failure

    async def _ask(self, request: DocumentRequest, kind: str) -> D:
        if not request.url:
            raise AnswerUseless(Problem(_NO_URL, self.no_url))
        asked = self.web_request(request, kind)
        try:
            answer = await self._ports.webhooks.request(asked)
            return self.understand(answer)
        except WebhookFailure as failure:
            problem = Problem(failure.code, failure.message, answer=failure.answer)
        except TwimlError as error:
            problem = replace(problem_of(error.warned), answer=answer)
        except AnswerUseless as failed:
            problem = replace(failed.problem, answer=answer)
        if problem.answer is not None:
            problem.answer.refuse(problem.code, problem.message)
        variables = urlencode(asked.parameters)
        raise AnswerUseless(replace(problem, url=request.url, method=request.method, variables=variables))

    async def _report(self, problem: Problem) -> None:
        await tell_debugger(self._ports.storage, self._subject(), problem)


def _document_failed(problem: Problem) -> DocumentFailed:
    return DocumentFailed(problem.message, problem.code, problem.url)


def media_type_of(answer: WebAnswer) -> str:
    """The content type in small letters, without its parameters."""
    return answer.content_type.partition(";")[0].strip().lower()


def bad_content_type(answer: WebAnswer, wanted: str) -> AnswerUseless:
    """The failure for an answer of a type that means nothing; `wanted` says what to send instead."""
    named = media_type_of(answer) or "no content type"
    return AnswerUseless(Problem(_BAD_CONTENT_TYPE, f"The answer has {named}: send {wanted}."))
