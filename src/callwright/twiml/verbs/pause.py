"""<Pause>: let time pass in silence."""

from dataclasses import dataclass

from callwright.twiml.attribute import WholeNumber, attribute
from callwright.twiml.declaration import register
from callwright.twiml.ports import CallControl
from callwright.twiml.verb import Flow, Step, Verb
from callwright.twiml.vocabulary import VOICE


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Pause(Verb):
    """Waits; does not answer, so that as the first verb it lets an inbound call ring on."""

    element_name = "Pause"
    passes_time = True

    length_s: int = attribute("length", WholeNumber(1, 14_400), default=1, code=13910)

    async def run(self, call: CallControl) -> Flow:
        await call.pause(self.length_s)
        return Step.NEXT
