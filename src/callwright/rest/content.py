"""Files as answers, sent so that nothing in them can run: they come from anywhere."""

import re

import structlog

from callwright.model.errors import NotFound
from callwright.rest.http import Headers, HttpAnswer
from callwright.usecases.content import Content

log = structlog.get_logger()

#: Types that browsers show without running anything; the rest is offered for saving. SVG and HTML hold scripts.
_SHOWN = re.compile(r"image/(?:png|jpe?g|gif|webp|bmp|avif)|(?:audio|video)/[\w.+-]+", re.ASCII)
_MEDIA_TYPE = re.compile(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+", re.ASCII)
_UNKNOWN_TYPE = "application/octet-stream"


async def answer_content(content: Content, if_none_match: str) -> HttpAnswer:
    """The file, or 304 when the client has it (RFC 9110, 13.1.2); raises NotFound when the store lost it."""
    tag = f'"{content.version}"'
    headers: Headers = [(b"etag", tag.encode()), (b"cache-control", b"private, no-cache")]
    if _names(if_none_match, tag):
        return HttpAnswer(304, extra=headers)
    body = await content.read()
    if body is None:
        log.error("the file of media is missing in the store", content_sid=content.version)
        raise NotFound()
    content_type = content.content_type if _MEDIA_TYPE.fullmatch(content.content_type) else _UNKNOWN_TYPE
    return HttpAnswer(200, body, content_type, headers + _safeguards(content_type, content.file_name))


def _safeguards(content_type: str, file_name: str) -> Headers:
    disposition = "inline" if _SHOWN.fullmatch(content_type) else "attachment"
    return [
        (b"content-disposition", f'{disposition}; filename="{file_name}"'.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
    ]


def _names(if_none_match: str, tag: str) -> bool:
    given = [item.strip().removeprefix("W/") for item in if_none_match.split(",")]
    return "*" in given or tag in given
