"""What verbs that send a message declare, in both languages, and how their `action` is asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from callwright.model.resources.media import MOST_MEDIA
from callwright.twiml.attribute import SCHEMA_WARNING, Method, Text, Url, attribute
from callwright.twiml.declaration import Content, Declared, PlainText, Reading
from callwright.twiml.markup import Element
from callwright.twiml.nouns.body import Body
from callwright.twiml.nouns.media import Media
from callwright.twiml.ports import DocumentRequest, Reply, SentReply, Warned
from callwright.twiml.verb import Flow, Step

INVALID_TO, INVALID_FROM, INVALID_BODY, INVALID_METHOD = 14101, 14102, 14103, 14104
_LONGEST_ADDRESS = 256


@dataclass(frozen=True)
class Written:
    """What stands in the verb."""

    body: str = ""
    media_urls: tuple[str, ...] = ()


class TextOnly(Content[Written]):
    def read(self, element: Element, reading: Reading) -> Written:
        return Written(PlainText().read(element, reading))


class TextAndMedia(Content[Written]):
    """Text, or <Body> and up to ten <Media>. Texts of both ways to write one become lines of one text."""

    names = frozenset({"Body", "Media"})

    def read(self, element: Element, reading: Reading) -> Written:
        texts: list[str] = []
        urls: list[str] = []
        for part in element.parts:
            read = part.strip() if isinstance(part, str) else reading.read_child(part, element, self.names)
            match read:
                case Media():
                    urls.append(read.url)
                case Body():
                    texts.append(read.text)
                case str():
                    texts.append(read)
        if len(urls) > MOST_MEDIA:
            message = f"<{element.name}> has {len(urls)} <Media>, at most {MOST_MEDIA} are sent: the rest is left out"
            reading.warn(SCHEMA_WARNING, message, element)
        return Written("\n".join(text for text in texts if text), tuple(urls[:MOST_MEDIA]))


@dataclass(frozen=True, kw_only=True)
class Texting(Declared):
    """A verb that sends a message; which texts and files it takes is the subclass's."""

    written: Written
    to: str | None = attribute("to", Text(_LONGEST_ADDRESS), default=None, code=INVALID_TO)
    from_: str | None = attribute("from", Text(_LONGEST_ADDRESS), default=None, code=INVALID_FROM)
    action: str | None = attribute("action", Url(), default=None)
    method: str = attribute("method", Method(), default="POST", code=INVALID_METHOD)
    status_callback: str | None = attribute("statusCallback", Url(), default=None)

    def check(self, reading: Reading) -> None:
        if self.written == Written():
            reading.warn(INVALID_BODY, f"<{self.element_name}> has no text and no media: nothing is sent", self)

    async def send_by(
        self,
        send: Callable[[Reply], Awaitable[SentReply]],
        warn: Callable[[Warned], Awaitable[None]],
        parameters: Callable[[SentReply], dict[str, str]],
    ) -> Flow:
        """Send it, unless it is empty; what was refused is told, and `action` asked with the parameters."""
        if self.written == Written():
            return Step.NEXT
        body, media_urls = self.written.body, self.written.media_urls
        sent = await send(Reply(body, media_urls, self.to, self.from_, self.status_callback))
        if sent.sid is None:
            message = f"<{self.element_name}> was not sent: {sent.error_message or sent.status}"
            await warn(self.warned(sent.error_code or INVALID_BODY, message, is_error=True))
        if self.action is None:
            return Step.NEXT
        return DocumentRequest(self.action, self.method, parameters(sent))


def sms_parameters(sent: SentReply) -> dict[str, str]:
    """What the action of <Sms> in a call gets; To and From stay those of the call."""
    return _without_none(SmsSid=sent.sid or "", SmsStatus=sent.status, ErrorCode=sent.error_code)


def message_parameters(sent: SentReply) -> dict[str, str]:
    """What the action in a messaging document gets: all of it is about the message that was sent."""
    names = {"MessageSid": sent.sid or "", "MessageStatus": sent.status, "To": sent.to, "From": sent.from_}
    return {**names, **sms_parameters(sent)}


def _without_none(**values: str | int | None) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}
