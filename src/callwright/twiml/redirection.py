"""What <Redirect> declares in both languages."""

from dataclasses import dataclass

from callwright.twiml.attribute import Method, attribute
from callwright.twiml.declaration import Declared, UrlText, content
from callwright.twiml.ports import DocumentRequest


@dataclass(frozen=True, kw_only=True)
class Redirection(Declared):
    """Another document; an empty URL is this one again."""

    element_name = "Redirect"

    url: str = content(UrlText())
    method: str = attribute("method", Method(), default="POST", code=13710)

    @property
    def request(self) -> DocumentRequest:
        return DocumentRequest(self.url, self.method)
