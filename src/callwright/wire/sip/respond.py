"""Building responses (RFC 3261 §8.2.6) and where they go (§18.2.2, RFC 3581)."""

import re
from collections.abc import Iterable

from callwright.wire.sip import grammar
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.headers import Headers
from callwright.wire.sip.message import Request, Response, split_head
from callwright.wire.sip.reasons import reason_of

Address = tuple[str, int]

_TRYING = 100
_DEFAULT_PORT = 5060
_EMPTY_RPORT = re.compile(r";\s*rport\s*=?\s*(?=;|$)", re.IGNORECASE)
_RECEIVED = re.compile(r";\s*received\s*=[^;]*", re.IGNORECASE)
_COPIED = ("Via", "From", "To", "Call-ID", "CSeq")


def response_to(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Response:
    """A response with the request's Via, From, To, Call-ID and CSeq; `to_tag` goes where To has none."""
    answered = Headers()
    for name in _COPIED:
        for value in request.headers.all(name):
            answered.append_checked(name, value)
    if to_tag and status != _TRYING and not request.to_tag:
        answered.set("To", f"{request.headers.get('To')};tag={to_tag}")
    for name, value in headers:
        answered.add(name, value)
    if reason is not None and not reason.isprintable():
        raise ValueError("a reason phrase is one printable line")
    return Response(answered, body, status=status, reason=reason or reason_of(status))


def refusal_of(data: bytes, status: int, to_tag: str) -> bytes | None:
    """The response to a request that could not be parsed, with its raw headers; None if it gets none."""
    try:
        start_line, given, _ = split_head(data)
    except MalformedMessage:
        return None
    method = start_line.partition(" ")[0]
    is_request = start_line.upper().endswith("SIP/2.0") or status == 505
    if method in {"ACK", "SIP/2.0"} or not is_request or any(name not in given for name in _COPIED):
        return None
    lines = [f"SIP/2.0 {status} {reason_of(status)}"]
    for name in _COPIED:
        values = given.all(name) if name == "Via" else given.all(name)[:1]
        lines += [f"{name}: {value}" for value in values]
    tag = "" if "tag=" in lines[-3].lower() else f";tag={to_tag}"
    lines[-3] += tag
    return ("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode()


def stamp_source(request: Request, source: Address) -> None:
    """Note in the top Via where the request really came from (RFC 3261 §18.2.1, RFC 3581 §4)."""
    host, port = source
    first, *others = grammar.split_list(request.headers.all("Via")[0])
    wants_rport = grammar.parameter(request.top_via.parameters, "rport") is not None
    stamped = _RECEIVED.sub("", first)
    if wants_rport:
        stamped = _EMPTY_RPORT.sub(f";rport={port}", stamped)
    if wants_rport or request.top_via.host != host:
        stamped += f";received={host}"
    request.headers.replace_first("Via", [stamped, *others])


def response_target(request: Request, source: Address) -> Address:
    """Where responses go: never to a name, always to the address the packet came from.

    The port is the packet's with `rport` (RFC 3581), else that of the Via's sent-by (RFC 3261 §18.2.2).
    """
    if grammar.parameter(request.top_via.parameters, "rport") is not None:
        return source
    return source[0], request.top_via.port or _DEFAULT_PORT
