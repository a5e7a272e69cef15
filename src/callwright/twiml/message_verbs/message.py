"""<Message>: answer with a message."""

from dataclasses import dataclass

from callwright.twiml.declaration import content, register
from callwright.twiml.message_verb import MessageVerb
from callwright.twiml.ports import MessageControl
from callwright.twiml.texting import TextAndMedia, Texting, Written, message_parameters
from callwright.twiml.verb import Flow
from callwright.twiml.vocabulary import MESSAGING


@register(MESSAGING)
@dataclass(frozen=True, kw_only=True)
class Message(Texting, MessageVerb):
    """Sends its text and media to `to` (the sender) from `from` (the number that was written to).

    With `action`, that URL is requested with MessageSid and MessageStatus and its document goes on; the verbs
    after it do not run. How the message fares is told to `statusCallback`. A message without text and media is not
    sent, with warning 14103.
    """

    element_name = "Message"

    written: Written = content(TextAndMedia())  # noqa: RUF009 - a declaration, read by register

    async def run(self, message: MessageControl) -> Flow:
        return await self.send_by(message.send, message.warn, message_parameters)
