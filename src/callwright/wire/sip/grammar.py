"""The one door to the `sipmessage` package: header values (RFC 3261 §25) in, MalformedMessage out.

The package leaks KeyError, TypeError and ValueError on hostile values (`;self=1` is enough), takes digits
of every script and has patterns that need quadratic time; so values are bounded before it sees them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from sipmessage import URI, Address, CSeq, Via

from callwright.wire.sip.errors import MalformedMessage

_LONGEST_VALUE = 2048
_LONGEST_URI = 1024
#: The pattern for tel numbers needs quadratic time.
_LONGEST_WITH_TEL = 256
_HIGHEST_PORT = 65535
#: RFC 3261 §8.1.1.5: CSeq numbers are below 2**31.
_SEQUENCE_LIMIT = 2**31
_UNSUPPORTED_URI_SCHEME = 416

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_KNOWN_SCHEMES = frozenset({"sip", "sips", "tel"})
_NON_ASCII_DIGIT = re.compile(r"(?![0-9])\d")
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
#: A host that is a name: letters, digits and what joins them, one letter or underscore at least.
_NAME = r"((?=[0-9.-]*[A-Za-z_])[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9_.])?)"
_URI_HOST = re.compile(rf"[ ]*sips?:(?:[^@<>\s\"]*@)?{_NAME}(?=[:;>?,\s]|$)(?![^>\s]*@)")
_VIA_HOST = re.compile(rf"SIP\s*/\s*2\.0\s*/\s*[^\s;/]+\s+{_NAME}(?=[:;,\s]|$)")
#: The addr-spec of a name-addr, behind a token or quoted display name.
_BRACKETED = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^"<]*)\s*<([^>]+)>')
#: A quoted display name (§25.1): it may hold any text, digits of other scripts too.
_QUOTED_NAME = re.compile(r'\s*"(?:[^"\\]|\\.)*"')

Value = TypeVar("Value")


def parse_uri(text: str) -> URI:
    """A sip, sips or tel URI; other schemes are refused with status 416."""
    if len(text) > _LONGEST_URI:
        raise MalformedMessage("URI is too long")
    scheme = _SCHEME.match(text)
    if scheme is not None and scheme[1].lower() not in _KNOWN_SCHEMES:
        raise MalformedMessage(f"URI scheme {scheme[1][:20]!r} is not supported", _UNSUPPORTED_URI_SCHEME)
    lowered = text if scheme is None else scheme[1].lower() + text[scheme.end(1) :]
    uri = _guarded("URI", _parse_uri, lowered)
    _check_port(uri.port)
    return uri


def parse_address(text: str) -> Address:
    """A name-addr or addr-spec with parameters (To, From, Contact, Route)."""
    name = _QUOTED_NAME.match(text)
    address = _guarded("address", _parse_address, text, free_until=name.end() if name is not None else 0)
    _check_port(address.uri.port)
    return address


def uri_text(address: str) -> str:
    """The URI of an address that `parse_address` took, exactly as its owner wrote it."""
    bracketed = _BRACKETED.match(address)
    return bracketed[1] if bracketed is not None else address.partition(";")[0].strip()


def parse_via(text: str) -> Via:
    """One Via value; the port, when there is one, is 1 to 65535."""
    via = _guarded("Via", _parse_via, text)
    _check_port(via.port)
    return via


def parse_cseq(text: str) -> CSeq:
    cseq = _guarded("CSeq", CSeq.parse, text)
    if cseq.sequence >= _SEQUENCE_LIMIT:
        raise MalformedMessage("CSeq number is 2**31 or more")
    return cseq


def parse_count(name: str, text: str, limit: int) -> int:
    """A decimal header value (Max-Forwards, Content-Length, Expires) from 0 to `limit`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= limit):
        raise MalformedMessage(f"{name} is not a number from 0 to {limit}")
    return int(text)


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def quoted(text: str) -> str:
    """A quoted-string; control characters become spaces (RFC 3261 §25.1)."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'


def split_list(value: str) -> list[str]:
    """Split a comma-separated header value outside of quotes and angle brackets (RFC 3261 §7.3.1)."""
    if "," not in value:
        return [value]
    items, start = [], 0
    for comma in _separators(value):
        items.append(value[start:comma])
        start = comma + 1
    items.append(value[start:])
    return [item.strip() for item in items if item.strip()] or [value]


def _separators(value: str) -> Iterator[int]:
    """Where the commas are that separate. One pass: a pattern would look ahead from every open bracket."""
    is_quoted = is_bracketed = is_escaped = False
    for position, character in enumerate(value):
        if is_escaped:
            is_escaped = False
        elif is_quoted:
            is_escaped = character == "\\"
            is_quoted = character != '"'
        elif is_bracketed:
            is_bracketed = character != ">"
        elif character == ",":
            yield position
        else:
            is_quoted = character == '"'
            is_bracketed = character == "<"


def parameter(parameters: Mapping[str, str | None], name: str) -> str | None:
    """A parameter's value by its case-insensitive name; "" when it has none, None when it is absent."""
    for key, value in parameters.items():
        if key.lower() == name:
            return value or ""
    return None


def _guarded(kind: str, parse: Callable[[str], Value], text: str, free_until: int = 0) -> Value:
    """Up to `free_until` the text is nothing that is read as a number."""
    if len(text) > (_LONGEST_WITH_TEL if "tel:" in text else _LONGEST_VALUE):
        raise MalformedMessage(f"{kind} is too long")
    if not text.isascii() and _NON_ASCII_DIGIT.search(text, free_until):
        raise MalformedMessage(f"{kind} has digits outside ASCII")
    try:
        return parse(text)
    except (ValueError, KeyError, TypeError, AssertionError, IndexError) as error:
        raise MalformedMessage(f"{kind} is not valid: {text[:80]!r}") from error


def _parse_uri(text: str) -> URI:
    span = _URI_HOST.match(text)
    uri = URI.parse(_with_plain_host(text, span))
    return uri if span is None else replace(uri, host=span[1])


def _parse_address(text: str) -> Address:
    bracketed = _BRACKETED.match(text)
    start = 0 if bracketed is None else bracketed.start(1)
    span = _URI_HOST.match(text, start)
    address = Address.parse(_with_plain_host(text, span))
    return address if span is None else replace(address, uri=replace(address.uri, host=span[1]))


def _parse_via(text: str) -> Via:
    span = _VIA_HOST.match(text)
    via = Via.parse(_with_plain_host(text, span))
    return via if span is None else replace(via, host=span[1])


def _with_plain_host(text: str, name: re.Match[str] | None) -> str:
    """The text with "h" for its host name.

    The package refuses names that are in use: `pbx1`, `3f2a9c7d11e5` and (against the RFC, but containers have
    them) `my_pbx`.
    """
    return text if name is None else f"{text[: name.start(1)]}h{text[name.end(1) :]}"


def _check_port(port: int | None) -> None:
    if port is not None and not 1 <= port <= _HIGHEST_PORT:
        raise MalformedMessage(f"port {port} is not from 1 to {_HIGHEST_PORT}")
