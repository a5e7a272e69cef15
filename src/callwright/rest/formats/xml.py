"""XML: the properties in PascalCase below <TwilioResponse>; null and "" are both an empty element."""

import re
from functools import lru_cache
from typing import Any

from callwright.model.errors import ApiError
from callwright.model.naming import to_pascal
from callwright.model.resource import Resource
from callwright.rest.format import FORMATS, Format
from callwright.rest.paging import PageLinks
from callwright.rest.representation import Row

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: Everything XML 1.0 cannot carry in any form (section 2.2).
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][\w.\-]*", re.ASCII)
_IN_CAPITALS = frozenset({"sms", "mms"})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
_IN_ATTRIBUTES = {"\n": "&#10;", "\t": "&#9;"}


def _instance(resource: Resource, row: Row) -> bytes:
    return _document(_element(resource.singular, row))


def _page(resource: Resource, rows: list[Row], links: PageLinks) -> bytes:
    attributes = {
        "page": links.page,
        "pagesize": links.page_size,
        "start": links.start,
        "end": links.end,
        "uri": links.uri,
        "firstpageuri": links.first_page_uri,
        "previouspageuri": links.previous_page_uri or "",
        "nextpageuri": links.next_page_uri or "",
    }
    written = "".join(f' {name}="{_attribute(value)}"' for name, value in attributes.items())
    elements = "".join(_element(resource.singular, row) for row in rows)
    return _document(f"<{resource.plural}{written}>{elements}</{resource.plural}>")


def _error(error: ApiError) -> bytes:
    body = {"Status": error.status, "Message": error.message, "Code": error.code, "MoreInfo": error.more_info}
    return _document(_element("RestException", body))


def _document(content: str) -> bytes:
    return f"{_DECLARATION}<TwilioResponse>{content}</TwilioResponse>\n".encode()


def _element(name: str, value: Any) -> str:
    if value is None or value == "":
        return f"<{name}/>"
    if isinstance(value, dict):
        children = "".join(_child(key, item) for key, item in value.items())
        return f"<{name}>{children}</{name}>"
    if isinstance(value, list):
        items = "".join(_element("Item", item) for item in value)
        return f"<{name}>{items}</{name}>"
    return f"<{name}>{_text(value)}</{name}>"


def _child(key: str, value: Any) -> str:
    name = _element_name(key)
    if name is not None:
        return _element(name, value)
    # A name that web apps chose (parameters of a request) may be none that XML allows.
    return _element("Parameter", value).replace("<Parameter", f'<Parameter name="{_attribute(key)}"', 1)


@lru_cache(maxsize=4096)
def _element_name(key: str) -> str | None:
    name = key.upper() if key in _IN_CAPITALS else to_pascal(key)
    return name if _NAME.fullmatch(name) else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    # Most values are plain: two quick looks instead of two rewritings.
    if not text.isprintable():
        text = _UNSPEAKABLE.sub("\ufffd", text)
    return text.translate(_ESCAPES)


def _attribute(value: Any) -> str:
    text = _text(value)
    for char, reference in _IN_ATTRIBUTES.items():
        text = text.replace(char, reference)
    return text


XML = Format("application/xml", page=_page, error=_error, instance=_instance)
FORMATS[""] = XML
FORMATS["xml"] = XML
