"""<Redirect>: go on with another document."""

from dataclasses import dataclass

from callwright.twiml.declaration import register
from callwright.twiml.message_verb import MessageVerb
from callwright.twiml.ports import MessageControl
from callwright.twiml.redirection import Redirection
from callwright.twiml.verb import Flow
from callwright.twiml.vocabulary import MESSAGING


@register(MESSAGING)
@dataclass(frozen=True, kw_only=True)
class Redirect(Redirection, MessageVerb):
    """Requests `url` (empty: this document again); the verbs after it do not run."""

    async def run(self, message: MessageControl) -> Flow:
        return self.request
