"""The documents of a call: where the first comes from, and what its web app may answer."""

from collections.abc import Callable, Mapping

from callwright.model.resources.account import Account
from callwright.model.resources.call import Call
from callwright.twiml import document
from callwright.twiml.document import Document
from callwright.twiml.errors import TwimlError
from callwright.twiml.ports import DocumentRequest
from callwright.usecases.ports import Ports
from callwright.usecases.report_problem import problem_of
from callwright.usecases.voice_parameters import voice_parameters
from callwright.usecases.web_documents import (
    PLAIN_TEXT,
    XML_TYPES,
    WebDocuments,
    bad_content_type,
    media_type_of,
)
from callwright.usecases.web_ports import WebAnswer, WebRequest


class CallDocuments(WebDocuments[Call, Document]):
    """The documents of one call; implements twiml.ports.Documents."""

    no_url = "There is no VoiceUrl to ask: set one on the application or number."

    def __init__(self, ports: Ports, account: Account, current_call: Callable[[], Call]) -> None:
        super().__init__(ports)
        self._account = account
        self._current_call = current_call

    async def first(self) -> Document:
        """The document a call starts with: its Twiml, else its Url, else (there being none) its fallback."""
        call = self._current_call()
        if call.url is None and call.twiml is not None:
            return await self.inline(call.twiml)
        return await self.fetch(DocumentRequest(call.url or "", call.method))

    async def inline(self, twiml: str) -> Document:
        """A document that came with a request to the API; it has no URL to be relative to."""
        try:
            return document.parse(twiml, None)
        except TwimlError as error:
            return await self._fall_back(problem_of(error.warned), "", {})

    def audio_request(self, url: str) -> WebRequest:
        """Ask for audio; the standard parameters are not sent with it."""
        return self._about_subject(url, "GET", {}, "media")

    def _subject(self) -> Call:
        return self._current_call()

    async def _as_stored(self) -> Call:
        call = self._current_call()
        return await self._ports.storage.read(lambda unit: unit.get(Call, call.sid)) or call

    def _parameters(self) -> Mapping[str, str]:
        return voice_parameters(self._current_call())

    def _about_subject(self, url: str, method: str, parameters: Mapping[str, str], kind: str) -> WebRequest:
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

    def understand(self, answer: WebAnswer) -> Document:
        media_type = media_type_of(answer)
        if media_type in XML_TYPES:
            return document.parse(answer.body, answer.url, answer.content_type)
        if media_type.startswith("audio/"):
            return document.play_audio(answer.url)
        if media_type == PLAIN_TEXT:
            return _plain_text(answer)
        raise bad_content_type(answer, "TwiML as text/xml, or audio")


def _plain_text(answer: WebAnswer) -> Document:
    if answer.text.lstrip().startswith("<"):
        return document.parse(answer.body, answer.url, answer.content_type)
    if not answer.text.strip():
        return document.parse(b"", answer.url)
    return document.say_text(answer.text, answer.url)
