"""<Redirect>: go on with another document."""

from dataclasses import dataclass

from callwright.twiml.attribute import Method, attribute
from callwright.twiml.declaration import UrlText, content, register
from callwright.twiml.ports import CallControl, DocumentRequest
from callwright.twiml.verb import Flow, Verb


@register
@dataclass(frozen=True, kw_only=True)
class Redirect(Verb):
    """Requests `url` (empty: this document again); a call that rings keeps ringing."""

    element_name = "Redirect"

    url: str = content(UrlText())
    method: str = attribute("method", Method(), default="POST", code=13710)

    async def run(self, call: CallControl) -> Flow:
        return DocumentRequest(self.url, self.method)
