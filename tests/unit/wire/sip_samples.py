"""SIP messages that the tests of the SIP core start from."""

from callwright.wire.sip.message import Request, Response, parse
from callwright.wire.sip.respond import response_to

PEER = ("192.0.2.10", 5060)

SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


def request_bytes(method: str = "INVITE", *, branch: str = "z9hG4bK-1", sequence: int = 1, to_tag: str = "") -> bytes:
    body = SDP if method == "INVITE" else b""
    lines = [
        f"{method} sip:+15551230000@198.51.100.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 192.0.2.10:5060;branch={branch};rport",
        "Max-Forwards: 70",
        'From: "Ada" <sip:ada@192.0.2.10>;tag=ada',
        f"To: <sip:+15551230000@198.51.100.1>{f';tag={to_tag}' if to_tag else ''}",
        "Call-ID: call-1@192.0.2.10",
        f"CSeq: {sequence} {method}",
        "Contact: <sip:ada@192.0.2.10:5060>",
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def request(method: str = "INVITE", *, branch: str = "z9hG4bK-1", sequence: int = 1, to_tag: str = "") -> Request:
    parsed = parse(request_bytes(method, branch=branch, sequence=sequence, to_tag=to_tag))
    assert isinstance(parsed, Request)
    return parsed


def response(answered: Request, status: int, to_tag: str = "bob") -> Response:
    built = response_to(answered, status, to_tag=to_tag, headers=[("Contact", "<sip:bob@198.51.100.1:5070>")])
    parsed = parse(built.encode())
    assert isinstance(parsed, Response)
    return parsed
