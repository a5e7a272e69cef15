"""Reading an answer's body: bounded before and after decompression, and in UTF-8 whatever it was sent in."""

import codecs
import re
import zlib
from collections.abc import AsyncIterator, Callable

from callwright.webhooks.failures import BODY_TOO_LARGE, PROTOCOL_VIOLATION, HopFailed

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""^(\s*<\?xml[^>]{0,200}?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')""")
_TEXT_TYPES = ("text/", "application/xml", "application/json", "application/x-www-form-urlencoded")
_UTF8 = "utf-8"


async def read_body(chunks: AsyncIterator[bytes], content_encoding: str, limit_bytes: int) -> bytes:
    """The decoded body; raises HopFailed as soon as either form is over the limit, without reading on."""
    decode = _decoder(content_encoding.strip().lower())
    body = bytearray()
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > limit_bytes:
            raise too_large(limit_bytes)
        body += decode(chunk, limit_bytes + 1 - len(body))
        if len(body) > limit_bytes:
            raise too_large(limit_bytes)
    return bytes(body)


def too_large(limit_bytes: int) -> HopFailed:
    return HopFailed(BODY_TOO_LARGE, f"The answer is larger than {limit_bytes // 1024} kB.")


class _Inflater:
    """Decompresses at most as much as there is room for: a small answer may unfold to gigabytes."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)

    def __call__(self, chunk: bytes, room_bytes: int) -> bytes:
        try:
            return self._stream.decompress(self._stream.unconsumed_tail + chunk, room_bytes)
        except zlib.error as error:
            raise HopFailed(PROTOCOL_VIOLATION, f"The answer's compression is broken: {error}.") from error


def _as_it_is(chunk: bytes, room_bytes: int) -> bytes:
    return chunk[:room_bytes]


def _decoder(content_encoding: str) -> Callable[[bytes, int], bytes]:
    if content_encoding in ("gzip", "x-gzip", "deflate"):
        return _Inflater()
    if content_encoding in ("", "identity"):
        return _as_it_is
    raise HopFailed(PROTOCOL_VIOLATION, f"The answer is compressed as {content_encoding[:40]!r}: not asked for.")


def is_text(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.startswith(_TEXT_TYPES) or media_type.endswith(("+xml", "+json"))


def in_utf8(body: bytes, content_type: str) -> bytes:
    """A text body in UTF-8; other bodies as they are.

    Byte order mark, then the header's charset, then the XML declaration (RFC 7303 section 3): the last is
    left to the XML parser. An unknown charset is taken for UTF-8.
    """
    if not is_text(content_type) or not body:
        return body
    named = _CHARSET.search(content_type)
    if body.startswith(_BYTE_ORDER_MARKS):
        charset = "utf-8-sig" if body.startswith(codecs.BOM_UTF8) else "utf-16"
    elif named:
        charset = _known(named[1])
    else:
        return body
    text = body if charset == _UTF8 else body.decode(charset, "replace").encode()
    return _XML_ENCODING.sub(rb"\1", text, count=1)


def _known(charset: str) -> str:
    """The charset if it is one of text: Python's registry also holds zip, hex and other transforms."""
    try:
        "".encode(charset)
        return codecs.lookup(charset).name
    except (LookupError, ValueError):
        return _UTF8
