"""<Sms> in a messaging document: the old form of <Message>."""

from dataclasses import dataclass

from callwright.twiml.declaration import content, register
from callwright.twiml.message_verb import MessageVerb
from callwright.twiml.ports import MessageControl
from callwright.twiml.texting import Texting, TextOnly, Written, message_parameters
from callwright.twiml.verb import Flow
from callwright.twiml.vocabulary import MESSAGING


@register(MESSAGING)
@dataclass(frozen=True, kw_only=True)
class Sms(Texting, MessageVerb):
    """As <Message>, for text alone; kept for documents written before there was <Message>."""

    element_name = "Sms"

    written: Written = content(TextOnly())  # noqa: RUF009 - a declaration, read by register

    async def run(self, message: MessageControl) -> Flow:
        return await self.send_by(message.send, message.warn, message_parameters)
