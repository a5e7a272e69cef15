"""<Hangup>: end the call."""

from dataclasses import dataclass

from callwright.twiml.declaration import Nested, content, register
from callwright.twiml.nouns.parameter import Parameter
from callwright.twiml.ports import CallControl
from callwright.twiml.verb import Flow, Step, Verb
from callwright.twiml.vocabulary import VOICE


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Hangup(Verb):
    """Ends the call; one that still rings is answered first (only <Reject> never answers)."""

    element_name = "Hangup"
    needs_answer = True

    parameters: tuple[Parameter, ...] = content(Nested(Parameter, "Parameter"))

    async def run(self, call: CallControl) -> Flow:
        await call.hang_up()
        return Step.STOP
