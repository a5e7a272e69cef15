"""<Reject>: refuse a call without answering it."""

from dataclasses import dataclass

from callwright.twiml.attribute import SCHEMA_WARNING, OneOf, attribute
from callwright.twiml.declaration import Nested, content, register
from callwright.twiml.nouns.parameter import Parameter
from callwright.twiml.ports import CallControl
from callwright.twiml.verb import Flow, Step, Verb
from callwright.twiml.vocabulary import VOICE


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Reject(Verb):
    """Refuses with `reason` rejected or busy; a call that was answered already is hung up with a warning."""

    element_name = "Reject"

    reason: str = attribute("reason", OneOf("rejected", "busy"), default="rejected", code=13810)
    parameters: tuple[Parameter, ...] = content(Nested(Parameter, "Parameter"))

    async def run(self, call: CallControl) -> Flow:
        if call.is_answered:
            message = "<Reject> works only before a call is answered: the call was hung up instead"
            await call.warn(self.warned(SCHEMA_WARNING, message))
            await call.hang_up()
        else:
            await call.reject(self.reason)
        return Step.STOP
