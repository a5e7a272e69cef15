"""The answering of a message without a server: replies, warnings, and documents by URL."""

from collections.abc import Mapping

from callwright.twiml.document import MessageDocument
from callwright.twiml.ports import DocumentFailed, DocumentRequest, Reply, SentReply, Warned

OUR_NUMBER, OTHER_PARTY = "+15555550100", "+15005550006"


def sent_reply(reply: Reply, number: int, refused: tuple[int, str] | None = None) -> SentReply:
    """What came of the reply: SIDs count from 1, `refused` is code and text."""
    to, from_ = reply.to or OTHER_PARTY, reply.from_ or OUR_NUMBER
    if refused:
        return SentReply(None, "failed", to, from_, *refused)
    return SentReply(f"SM{number:032x}", "queued", to, from_)


class FakeMessageControl:
    """Implements MessageControl."""

    def __init__(self, refused: tuple[int, str] | None = None) -> None:
        self._refused = refused
        self.replies: list[Reply] = []
        self.warnings: list[Warned] = []

    @property
    def codes(self) -> list[int]:
        return [warned.code for warned in self.warnings]

    @property
    def texts(self) -> list[str]:
        return [reply.body for reply in self.replies]

    async def send(self, reply: Reply) -> SentReply:
        self.replies.append(reply)
        return sent_reply(reply, len(self.replies), self._refused)

    async def warn(self, warned: Warned) -> None:
        self.warnings.append(warned)


class FakeMessageDocuments:
    """Implements MessageDocuments; any other URL gives `otherwise`, or fails when there is none."""

    def __init__(self, documents: Mapping[str, MessageDocument], otherwise: MessageDocument | None = None) -> None:
        self._documents = documents
        self._otherwise = otherwise
        self.requests: list[DocumentRequest] = []

    async def fetch(self, request: DocumentRequest) -> MessageDocument:
        self.requests.append(request)
        found = self._documents.get(request.url, self._otherwise)
        if found is None:
            raise DocumentFailed(request.url)
        return found
