"""One line to run TwiML against a fake call on a virtual clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.call_control import Done, FakeCall, FakeDocuments
from tests.fakes.virtual_loop import run_virtually

from callwright.twiml import interpreter
from callwright.twiml.document import Document, parse
from callwright.twiml.ports import DocumentRequest, Warned

URL = "https://app.example.com/voice/start?x=1"


@dataclass(frozen=True)
class Ran:
    done: list[Done]
    story: list[str]
    warnings: list[Warned]
    codes: list[int]
    requests: list[DocumentRequest]
    took_s: float


def document(inner: str, url: str | None = URL) -> Document:
    return parse(f"<Response>{inner}</Response>", url)


def run(inner: str, more: Mapping[str, str] | None = None, url: str | None = URL, **caller: Any) -> Ran:
    """Run `inner` inside <Response>; `more` are further documents by URL, the rest is FakeCall's.

    Any other document that is asked for hangs up.
    """

    async def main() -> Ran:
        call = FakeCall(**caller)
        further = {key: document(text, key) for key, text in (more or {}).items()}
        documents = FakeDocuments(further, otherwise=document("<Hangup/>"))
        await interpreter.run(document(inner, url), call, documents)
        return Ran(call.done, call.story, call.warnings, call.codes, documents.requests, call.now_s)

    return run_virtually(main())
