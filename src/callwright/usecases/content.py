"""Files that some resources are: what their instances answer when they are fetched without an extension."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from callwright.model.resource import Resource
from callwright.usecases.ports import Ports


@dataclass(frozen=True)
class Content:
    """A file to be sent. `version` changes when the bytes do; `file_name` is what it is saved as.

    `read` answers None when the store has lost it.
    """

    content_type: str
    version: str
    file_name: str
    read: Callable[[], Awaitable[bytes | None]]


#: Describes the file of a record that the sender of the request may see.
ContentOf = Callable[[Ports, Any], Content]

CONTENT_OF: dict[str, ContentOf] = {}


def gives_content_of(resource: Resource) -> Callable[[ContentOf], ContentOf]:
    """Register the function for a resource declared with `has_content`."""

    def register(content_of: ContentOf) -> ContentOf:
        if resource.name in CONTENT_OF:
            raise RuntimeError(f"the content of {resource.name} is given twice")
        CONTENT_OF[resource.name] = content_of
        return content_of

    return register
