"""<Redirect>: go on with another document."""

from dataclasses import dataclass

from callwright.twiml.declaration import register
from callwright.twiml.ports import CallControl
from callwright.twiml.redirection import Redirection
from callwright.twiml.verb import Flow, Verb
from callwright.twiml.vocabulary import VOICE


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Redirect(Redirection, Verb):
    """Requests `url` (empty: this document again); a call that rings keeps ringing."""

    async def run(self, call: CallControl) -> Flow:
        return self.request
