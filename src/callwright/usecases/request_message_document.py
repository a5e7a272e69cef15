"""The documents that answer a message: what its web app is told, and what it may answer (webhooks, Messages)."""

from collections.abc import Mapping
from dataclasses import dataclass

from callwright.model.resources.account import Account
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.twiml import document
from callwright.twiml.document import MessageDocument
from callwright.usecases.media_url import media_url
from callwright.usecases.ports import Ports
from callwright.usecases.web_documents import (
    PLAIN_TEXT,
    XML_TYPES,
    WebDocuments,
    bad_content_type,
    media_type_of,
)
from callwright.usecases.web_ports import WebAnswer, WebRequest

#: How a text/plain answer begins that is a document. A reply may begin with `<`, too.
_DOCUMENT_BEGINNINGS = ("<?xml", "<Response")


@dataclass(frozen=True)
class Question:
    """An incoming message to be answered, with its files in order."""

    message: Message
    account: Account
    media: tuple[Media, ...] = ()


class MessageRequests(WebDocuments[Message, MessageDocument]):
    """The documents that answer one message; implements twiml.ports.MessageDocuments."""

    no_url = "There is no SmsUrl to ask: set one on the application or number."

    def __init__(self, ports: Ports, question: Question) -> None:
        super().__init__(ports)
        self._question = question

    def _subject(self) -> Message:
        return self._question.message

    async def _as_stored(self) -> Message:
        return self._question.message  # nothing can change the route of a message

    def _parameters(self) -> Mapping[str, str]:
        message = self._question.message
        parameters = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": message.account_sid,
            "From": message.from_ or "",
            "To": message.to or "",
            "Body": message.body or "",
            "NumMedia": str(len(self._question.media)),
            "NumSegments": message.num_segments,
            "SmsStatus": "received",
            "ApiVersion": message.api_version,
        }
        if message.opt_out_type is not None:
            parameters["OptOutType"] = message.opt_out_type
        return parameters | self._media_parameters()

    def _media_parameters(self) -> dict[str, str]:
        ports, parameters = self._ports, {}
        for place, media in enumerate(self._question.media):
            parameters[f"MediaContentType{place}"] = media.content_type or ""
            parameters[f"MediaUrl{place}"] = media_url(ports.secrets, ports.settings, media, ports.now())
        return parameters

    def _about_subject(self, url: str, method: str, parameters: Mapping[str, str], kind: str) -> WebRequest:
        message = self._question.message
        return WebRequest(
            url=url,
            method=method,
            parameters=parameters,
            account_sid=message.account_sid,
            auth_token=self._question.account.auth_token,
            kind=kind,
            message_sid=message.sid,
            application_sid=message.application_sid,
            # Cookies are kept for each pair of numbers, not for one message.
            session=f"{message.account_sid}:{message.from_}:{message.to}",
        )

    def understand(self, answer: WebAnswer) -> MessageDocument:
        if not answer.body.strip():
            return document.parse_message(b"", answer.url)
        media_type = media_type_of(answer)
        if media_type in XML_TYPES:
            return document.parse_message(answer.body, answer.url, answer.content_type)
        if media_type != PLAIN_TEXT:
            raise bad_content_type(answer, "TwiML as text/xml, the reply as text/plain, or nothing")
        if answer.text.lstrip().startswith(_DOCUMENT_BEGINNINGS):
            return document.parse_message(answer.body, answer.url, answer.content_type)
        return document.reply_text(answer.text, answer.url)
