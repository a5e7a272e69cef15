"""The ideas of RFC 4475 (SIP torture tests), each in a message of ours; the names are those of the RFC's sections."""

import pytest

from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.message import Request, Response, parse


def message(start: str, *changes: str, body: str = "", drop: tuple[str, ...] = ()) -> bytes:
    """A minimal message; `changes` are header lines that replace those of the same name or are added."""
    method = "OPTIONS" if start.startswith("SIP/") else start.split(" ")[0]
    fields = {
        "Via": "Via: SIP/2.0/UDP 192.0.2.3;branch=z9hG4bKtorture",
        "Max-Forwards": "Max-Forwards: 70",
        "From": "From: <sip:caller@example.net>;tag=torture",
        "To": "To: <sip:callee@example.com>",
        "Call-ID": "Call-ID: torture.1@192.0.2.3",
        "CSeq": f"CSeq: 8 {method}",
        "Content-Length": f"Content-Length: {len(body.encode())}",
    }
    for name in drop:
        del fields[name]
    extra = []
    for line in changes:
        name = line.split(":")[0]
        if name in fields:
            fields[name] = line
        else:
            extra.append(line)
    return ("\r\n".join([start, *fields.values(), *extra]) + "\r\n\r\n" + body).encode()


_UNUSUAL_USER = "1_odd.URI~(yes!sure)&isn't+it$/wild?,/;;*:&it+has=1,odd!*pas$wo~d_too.(no)"

VALID: dict[str, bytes] = {
    "3.1.1.1 wsinv": (
        b"INVITE sip:callee@example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:callee@example.com ;   tag    = 1n\r\n"
        b'from   : "A Caller \\\\\\""       <sip:caller@example.net>\r\n  ;\r\n  tag = 98a\r\n'
        b"MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.1@192.0.2.1\r\nContent-Length   : 3\r\ncseq: 0009\r\n  INVITE\r\n"
        b"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\nNewFangledHeader:   new\r\n more\r\n"
        b"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\n"
        b"v:  SIP  / 2.0  / TCP     hop.example.net   ;\r\n  branch  =   z9hG4bK9  ,\r\n SIP  /    2.0   / UDP"
        b"  10.0.0.1   ; branch=\r\n z9hG4bK3\r\n"
        b'm:"Quoted string \\"\\"" <sip:caller@example.net> ; newparam =\r\n      v ;\r\n'
        b"  second ; q = 0.33\r\n\r\nv=0"
    ),
    "3.1.1.3 esc01": message("INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0"),
    "3.1.1.4 escnull": message("REGISTER sip:example.com SIP/2.0", "To: sip:null-%00-null@example.com"),
    "3.1.1.5 esc02": message("RE%47IST%45R sip:registrar.example.com SIP/2.0"),
    "3.1.1.6 lwsdisp": message("OPTIONS sip:a@example.com SIP/2.0", "From: caller<sip:caller@example.net>;tag=1"),
    "3.1.1.7 longreq": message(
        "INVITE sip:a@example.com SIP/2.0",
        f'To: "{"long " * 80}" <sip:{"u" * 200}@example.com>',
        f"From: <sip:a@{'sub.' * 50}example.com>;{'p' * 250}=1;tag={'t' * 250}",
        f"Call-ID: {'c' * 300}",
        f"X-{'n' * 200}: {'v' * 2000}",
    ),
    "3.1.1.8 dblreq": message("REGISTER sip:example.com SIP/2.0") + message("INVITE sip:a@example.com SIP/2.0"),
    "3.1.1.9 semiuri": message("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0"),
    "3.1.1.10 transports": message(
        "OPTIONS sip:a@example.com SIP/2.0",
        "Via: SIP/2.0/UNKNOWN t1.example.com;branch=z9hG4bKa, SIP/2.0/SCTP t2.example.com;branch=z9hG4bKb",
    ),
    "3.1.1.12 unreason": message("SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое"),
    "3.1.1.13 noreason": message("SIP/2.0 100 "),
    "3.1.2.12 baddate": message("INVITE sip:a@example.com SIP/2.0", "Date: Fri, 01 Jan 2010 16:00:00 EST"),
    "3.2.1 badbranch": message("OPTIONS sip:a@example.com SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"),
    "3.3.5 bext01": message("OPTIONS sip:a@example.com SIP/2.0", "Require: nothingSupportsThis"),
    "3.3.10 bcast": message("SIP/2.0 200 OK", "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1"),
    "3.3.11 zeromf": message("OPTIONS sip:a@example.com SIP/2.0", "Max-Forwards: 0"),
    "3.4.1 inv2543": message(
        "INVITE sip:a@example.com SIP/2.0",
        "Via: SIP/2.0/UDP old.example.com",
        "From: <sip:old@example.com>",
        drop=("Max-Forwards", "Content-Length"),
    ),
}

REFUSED: dict[str, tuple[bytes, int]] = {
    "3.1.1.2 intmeth": (message(f"!odd-Method0_*+`.%indeed'~ sip:{_UNUSUAL_USER}@example.com SIP/2.0", "X: \x07"), 400),
    "3.1.2.1 badinv01": (message("INVITE sip:a@example.com SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.15;;,;,,"), 400),
    "3.1.2.2 clerr": (message("INVITE sip:a@example.com SIP/2.0", "Content-Length: 9999", body="v=0"), 400),
    "3.1.2.3 ncl": (message("INVITE sip:a@example.com SIP/2.0", "Content-Length: -999", body="v=0"), 400),
    "3.1.2.4 scalar02": (message("REGISTER sip:example.com SIP/2.0", "CSeq: 36893488147419103232 REGISTER"), 400),
    "3.1.2.4 scalar02, hops": (message("REGISTER sip:example.com SIP/2.0", "Max-Forwards: 300"), 400),
    "3.1.2.5 scalarlg": (message("SIP/2.0 503 Service Unavailable", "CSeq: 9292394834772304023312 OPTIONS"), 400),
    "3.1.2.6 quotbal": (message("INVITE sip:a@example.com SIP/2.0", 'To: "Mr. User <sip:u@example.com>'), 400),
    "3.1.2.7 ltgtruri": (message("INVITE <sip:a@example.com> SIP/2.0"), 400),
    "3.1.2.8 lwsruri": (message("INVITE sip:a@example.com; lr SIP/2.0"), 400),
    "3.1.2.9 lwsstart": (message("INVITE  sip:a@example.com  SIP/2.0"), 400),
    "3.1.2.10 trws": (message("OPTIONS sip:a@example.com SIP/2.0  "), 400),
    "3.1.2.11 escruri": (message("INVITE sip:a@example.com?Route=%3Csip:example.com%3E SIP/2.0"), 400),
    "3.1.2.14 badaspec": (message("OPTIONS sip:a@example.com SIP/2.0", 'To: "W, T" < sip:t@example.org >'), 400),
    "3.1.2.15 baddn": (message("OPTIONS sip:a@example.com SIP/2.0", "From: Bell, A <sip:a@example.com>;tag=1"), 400),
    "3.1.2.16 badvers": (message("OPTIONS sip:a@example.com SIP/7.0"), 505),
    "3.1.2.17 mismatch01": (message("OPTIONS sip:a@example.com SIP/2.0", "CSeq: 8 INVITE"), 400),
    "3.1.2.18 mismatch02": (message("NEWMETHOD sip:a@example.com SIP/2.0", "CSeq: 8 INVITE"), 400),
    "3.1.2.19 bigcode": (message("SIP/2.0 4294967301 better not break the receiver"), 400),
    "3.3.1 insuf": (message("INVITE sip:a@example.com SIP/2.0", drop=("Call-ID", "From", "To")), 400),
    "3.3.2 unkscm": (message("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"), 416),
    "3.3.3 novelsc": (message("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"), 416),
    "3.3.4 unksm2": (message("REGISTER sip:example.com SIP/2.0", "To: isbn:2983792873"), 400),
    "3.3.8 multi01": (
        message("INVITE sip:a@example.com SIP/2.0").replace(b"\r\nTo:", b"\r\nTo: <sip:b@example.com>\r\nTo:"),
        400,
    ),
    "3.3.9 mcl01": (
        message("OPTIONS sip:a@example.com SIP/2.0").replace(b"Content-L", b"Content-Length: 5\r\nContent-L"),
        400,
    ),
}


@pytest.mark.parametrize("data", VALID.values(), ids=VALID.keys())
def test_torturous_but_valid_messages_are_read(data: bytes) -> None:
    assert isinstance(parse(data), (Request, Response))


@pytest.mark.parametrize(("data", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_invalid_messages_are_refused(data: bytes, status: int) -> None:
    with pytest.raises(MalformedMessage) as refused:
        parse(data)
    assert refused.value.status == status


def test_a_tortuous_invite_means_what_it_says() -> None:
    invite = parse(VALID["3.1.1.1 wsinv"])
    assert (invite.cseq.sequence, invite.branch, invite.to_tag, invite.from_tag) == (9, "390skdjuw", "1n", "98a")
    assert invite.contact_uri() == "sip:caller@example.net"
    assert len(invite.headers.all("Via")) == 2


def test_only_the_first_of_two_messages_in_a_datagram_is_read() -> None:
    first = parse(VALID["3.1.1.8 dblreq"])
    assert isinstance(first, Request)
    assert (first.method, first.body) == ("REGISTER", b"")
