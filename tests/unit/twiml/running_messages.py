"""One line to run messaging TwiML against a fake message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.message_control import FakeMessageControl, FakeMessageDocuments

from callwright.twiml.document import MessageDocument, parse_message
from callwright.twiml.message_interpreter import run_message
from callwright.twiml.ports import DocumentRequest, Reply, Warned

URL = "https://app.example.com/sms/start?x=1"


@dataclass(frozen=True)
class Ran:
    replies: list[Reply]
    texts: list[str]
    warnings: list[Warned]
    codes: list[int]
    requests: list[DocumentRequest]


def message_document(inner: str, url: str | None = URL) -> MessageDocument:
    return parse_message(f"<Response>{inner}</Response>", url)


async def run_messages(inner: str, more: Mapping[str, str] | None = None, **control: Any) -> Ran:
    """Run `inner` inside <Response>; `more` are further documents by URL, the rest is FakeMessageControl's."""
    message = FakeMessageControl(**control)
    documents = FakeMessageDocuments({url: message_document(text, url) for url, text in (more or {}).items()})
    await run_message(message_document(inner), message, documents)
    return Ran(message.replies, message.texts, message.warnings, message.codes, documents.requests)
