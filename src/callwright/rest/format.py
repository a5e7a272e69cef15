"""The contract of an answer's format; each module of `formats/` registers one by its extensions."""

from collections.abc import Callable
from dataclasses import dataclass

from callwright.model.errors import ApiError
from callwright.model.resource import Resource
from callwright.rest.paging import PageLinks
from callwright.rest.representation import Row


@dataclass(frozen=True)
class Format:
    """Writes answers as bytes. `instance` is None where only lists are served in the format."""

    content_type: str
    page: Callable[[Resource, list[Row], PageLinks], bytes]
    error: Callable[[ApiError], bytes]
    instance: Callable[[Resource, Row], bytes] | None = None


#: By the extension of the path; "" is what a path without extension gets.
FORMATS: dict[str, Format] = {}
