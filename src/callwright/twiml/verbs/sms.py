"""<Sms>: send a text message during a call."""

from dataclasses import dataclass

from callwright.twiml.declaration import content, register
from callwright.twiml.ports import CallControl
from callwright.twiml.texting import Texting, TextOnly, Written, sms_parameters
from callwright.twiml.verb import Flow, Verb
from callwright.twiml.vocabulary import VOICE


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Sms(Texting, Verb):
    """Sends its text to `to` (the other party) from `from` (the number here), and goes on at once.

    With `action`, that URL is requested with SmsSid and SmsStatus and its document goes on; the verbs after it do
    not run.
    """

    element_name = "Sms"

    written: Written = content(TextOnly())  # noqa: RUF009 - a declaration, read by register

    async def run(self, call: CallControl) -> Flow:
        return await self.send_by(call.send_sms, call.warn, sms_parameters)
