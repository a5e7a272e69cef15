"""SIP messages: bytes to Request or Response and back (RFC 3261 §7, §8.1.1, §18.3)."""

import re
from dataclasses import dataclass, field

from sipmessage import URI, Address, CSeq, Via

from callwright.wire.sip import grammar
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.headers import COMPACT_FORMS, Headers

#: More than any real offer with its headers; the rest is answered 513.
LARGEST_MESSAGE = 32 * 1024
_MOST_FIELDS = 256
_LONGEST_CALL_ID = 512
_HIGHEST_MAX_FORWARDS = 255
_MESSAGE_TOO_LARGE = 513
_VERSION_NOT_SUPPORTED = 505
_VERSION = "SIP/2.0"

_FOLD = re.compile(r"\r\n[ \t]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n")
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9])(?: (.*))?")
_ANY_VERSION = re.compile(r"SIP/[0-9.]+", re.IGNORECASE)
#: RFC 3261 §20: these may stand once only.
_SINGLE = ("Call-ID", "CSeq", "From", "To", "Max-Forwards", "Content-Length", "Content-Type")
_MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")


@dataclass(slots=True)
class Message:
    """What requests and responses share. Values are parsed once, when first asked for."""

    headers: Headers
    body: bytes = b""
    _top_via: Via | None = field(default=None, init=False, repr=False)
    _cseq: CSeq | None = field(default=None, init=False, repr=False)
    _from: Address | None = field(default=None, init=False, repr=False)
    _to: Address | None = field(default=None, init=False, repr=False)

    @property
    def top_via(self) -> Via:
        if self._top_via is None:
            self._top_via = grammar.parse_via(grammar.split_list(self.headers.all("Via")[0])[0])
        return self._top_via

    @property
    def cseq(self) -> CSeq:
        if self._cseq is None:
            self._cseq = grammar.parse_cseq(self.headers.get("CSeq") or "")
        return self._cseq

    @property
    def from_address(self) -> Address:
        if self._from is None:
            self._from = grammar.parse_address(self.headers.get("From") or "")
        return self._from

    @property
    def to_address(self) -> Address:
        if self._to is None:
            self._to = grammar.parse_address(self.headers.get("To") or "")
        return self._to

    @property
    def call_id(self) -> str:
        return self.headers.get("Call-ID") or ""

    @property
    def branch(self) -> str:
        """The branch of the top Via; "" when there is none (RFC 2543)."""
        return grammar.parameter(self.top_via.parameters, "branch") or ""

    @property
    def from_tag(self) -> str:
        return grammar.parameter(self.from_address.parameters, "tag") or ""

    @property
    def to_tag(self) -> str:
        return grammar.parameter(self.to_address.parameters, "tag") or ""

    def check(self) -> None:
        """Raise MalformedMessage unless every header that all messages need stands once and can be read."""
        _check_presence(self.headers)
        _check_call_id(self.call_id)
        _ = self.top_via, self.cseq, self.from_address, self.to_address  # reading them is the check

    def contact(self) -> Address | None:
        """The first Contact, None when absent or `*`. Raises MalformedMessage."""
        values = self.headers.all("Contact")
        if not values or values[0] == "*":
            return None
        return grammar.parse_address(grammar.split_list(values[0])[0])

    def contact_uri(self) -> str | None:
        """The URI of the first Contact as it was written. Raises MalformedMessage."""
        if self.contact() is None:
            return None
        return grammar.uri_text(grammar.split_list(self.headers.all("Contact")[0])[0])

    def text(self, content_type: str = "application/sdp") -> str | None:
        """The body as text when it is of that type, else None. Raises MalformedMessage if it is not UTF-8."""
        declared = (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if not self.body or declared != content_type:
            return None
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            raise MalformedMessage("body is not UTF-8") from error

    def _encode(self, start_line: str) -> bytes:
        lines = [start_line]
        lines += [f"{name}: {value}" for name, value in self.headers if name.lower() != "content-length"]
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        return "\r\n".join(lines).encode() + self.body


@dataclass(slots=True)
class Request(Message):
    """A SIP request; `uri` is the Request-URI as written."""

    method: str = field(kw_only=True)
    uri: str = field(kw_only=True)
    _parsed_uri: URI | None = field(default=None, init=False, repr=False)

    @property
    def parsed_uri(self) -> URI:
        if self._parsed_uri is None:
            self._parsed_uri = grammar.parse_uri(self.uri)
        return self._parsed_uri

    @property
    def max_forwards(self) -> int:
        """Absent in RFC 2543 only; §16.3 treats that as 70."""
        given = self.headers.get("Max-Forwards")
        return 70 if given is None else grammar.parse_count("Max-Forwards", given, _HIGHEST_MAX_FORWARDS)

    def check(self) -> None:
        Message.check(self)
        if not grammar.is_token(self.method):
            raise MalformedMessage("method is not a token")
        if self.cseq.method != self.method:
            raise MalformedMessage("CSeq names another method")
        _ = self.parsed_uri, self.max_forwards  # reading them is the check

    def encode(self) -> bytes:
        return self._encode(f"{self.method} {self.uri} {_VERSION}")


@dataclass(slots=True)
class Response(Message):
    """A SIP response."""

    status: int = field(kw_only=True)
    reason: str = field(kw_only=True)

    def encode(self) -> bytes:
        return self._encode(f"{_VERSION} {self.status} {self.reason}")

    @property
    def is_provisional(self) -> bool:
        return self.status < 200

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def parse(data: bytes) -> Request | Response:
    """One datagram as a message. Raises MalformedMessage (a WireError) for anything that is wrong with it."""
    if len(data) > LARGEST_MESSAGE:
        raise MalformedMessage("message is too large", _MESSAGE_TOO_LARGE)
    start_line, headers, rest = split_head(data)
    body = _body_of(headers, rest)
    status_line = _STATUS_LINE.fullmatch(start_line)
    message: Request | Response
    if status_line is not None:
        message = Response(headers, body, status=int(status_line[1]), reason=status_line[2] or "")
    else:
        method, uri = _request_line(start_line)
        message = Request(headers, body, method=method, uri=uri)
    message.check()
    return message


def split_head(data: bytes) -> tuple[str, Headers, bytes]:
    """Start line, header fields as they stand, and what follows the empty line. Raises MalformedMessage."""
    # §7.5: empty lines before the start line are ignored.
    head, end, rest = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not end:
        raise MalformedMessage("the empty line after the headers is missing")
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        raise MalformedMessage("headers are not UTF-8") from error
    if _FORBIDDEN.search(text):
        raise MalformedMessage("control character in the headers")
    lines = _FOLD.sub(" ", text).split("\r\n")
    if len(lines) > _MOST_FIELDS:
        raise MalformedMessage("too many header fields")
    headers = Headers()
    for line in lines[1:]:
        _add_line(headers, line)
    return lines[0], headers, rest


def _add_line(headers: Headers, line: str) -> None:
    name, colon, value = line.partition(":")
    name = name.rstrip(" \t")
    if not colon or not grammar.is_token(name):
        raise MalformedMessage(f"not a header field: {line[:40]!r}")
    if len(name) == 1:
        name = COMPACT_FORMS.get(name.lower(), name)
    headers.append_checked(name, value.strip(" \t"))


def _request_line(line: str) -> tuple[str, str]:
    parts = line.split(" ")
    if len(parts) != 3:
        raise MalformedMessage("neither a request line nor a status line")
    method, uri, version = parts
    if version != _VERSION:
        known_shape = _ANY_VERSION.fullmatch(version) is not None
        raise MalformedMessage("not SIP/2.0", _VERSION_NOT_SUPPORTED if known_shape else 400)
    return method, uri


def _body_of(headers: Headers, rest: bytes) -> bytes:
    declared = headers.get("Content-Length")
    if declared is None:
        return rest  # §20.14: over UDP the datagram ends the body
    length = grammar.parse_count("Content-Length", declared, LARGEST_MESSAGE)
    if length > len(rest):
        raise MalformedMessage("body is shorter than Content-Length")
    return rest[:length]  # §18.3: bytes beyond are discarded


def _check_presence(headers: Headers) -> None:
    for name in _MANDATORY:
        if name not in headers:
            raise MalformedMessage(f"{name} is missing")
    for name in _SINGLE:
        if len(headers.all(name)) > 1:
            raise MalformedMessage(f"{name} stands more than once")


def _check_call_id(call_id: str) -> None:
    if not call_id or len(call_id) > _LONGEST_CALL_ID or " " in call_id or "\t" in call_id:
        raise MalformedMessage("Call-ID is not valid")
