import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.sip_samples import SDP, request, request_bytes, response

from callwright.wire.error import WireError
from callwright.wire.sip import grammar
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.headers import Headers
from callwright.wire.sip.message import Request, Response, parse
from callwright.wire.sip.respond import refusal_of, response_target, response_to, stamp_source

VALID = request_bytes()


def test_a_request_is_read_whole() -> None:
    invite = request()
    assert (invite.method, invite.uri, invite.call_id) == (
        "INVITE",
        "sip:+15551230000@198.51.100.1",
        "call-1@192.0.2.10",
    )
    assert (invite.branch, invite.from_tag, invite.to_tag) == ("z9hG4bK-1", "ada", "")
    assert (invite.cseq.sequence, invite.max_forwards) == (1, 70)
    assert invite.from_address.name == "Ada"
    assert invite.contact_uri() == "sip:ada@192.0.2.10:5060"
    assert invite.body == SDP
    assert invite.text() == SDP.decode()
    assert invite.text("text/plain") is None


def test_what_is_written_is_what_was_read() -> None:
    assert parse(request().encode()).encode() == request().encode()


def test_compact_forms_folding_and_loose_white_space_are_read() -> None:
    data = (
        b"\r\n\r\nOPTIONS sip:a@b.invalid SIP/2.0\r\nv: SIP / 2.0 / UDP\r\n  192.0.2.1;branch=z9hG4bK1\r\n"
        b"f : <sip:x@y.invalid>;tag=1\r\nT:sip:a@b.invalid\r\ni:1\r\nCSEQ:\t7   OPTIONS\r\nl: 0\r\n\r\n"
    )
    options = parse(data)
    assert isinstance(options, Request)
    assert options.branch == "z9hG4bK1"
    assert options.cseq.sequence == 7
    assert options.max_forwards == 70


def test_bytes_beyond_the_content_length_are_discarded() -> None:
    assert parse(VALID + b"INVITE trailing").body == SDP


def test_without_a_content_length_the_datagram_ends_the_body() -> None:
    assert parse(VALID.replace(f"Content-Length: {len(SDP)}\r\n".encode(), b"")).body == SDP


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Via: ", b"X-Via: "),
        (b"Call-ID: call-1@192.0.2.10\r\n", b""),
        (b"CSeq: 1 INVITE\r\n", b""),
        (b"From: ", b"X-From: "),
        (b"To: ", b"X-To: "),
        (b"CSeq: 1 INVITE", b"CSeq: 1 BYE"),
        (b"CSeq: 1 INVITE", b"CSeq: 2147483648 INVITE"),
        (b"CSeq: 1 INVITE", b"CSeq: -1 INVITE"),
        (b"CSeq: 1 INVITE", "CSeq: ٣ INVITE".encode()),
        (b"CSeq: 1 INVITE", b"CSeq: 1 INVITE\r\nCSeq: 2 INVITE"),
        (b"Call-ID: call-1@192.0.2.10", b"Call-ID: 1\r\nCall-ID: 2"),
        (b"Call-ID: call-1@192.0.2.10", b"Call-ID: two words"),
        (b"Call-ID: call-1@192.0.2.10", b"Call-ID:"),
        (b"To: <sip", b"To: <sip:a@b.invalid>\r\nTo: <sip"),
        (b"Content-Length: ", b"Content-Length: 9"),
        (b"Content-Length: ", b"Content-Length: -"),
        (b"Content-Length: ", b"Content-Length: 1\r\nContent-Length: "),
        (b"Max-Forwards: 70", b"Max-Forwards: 256"),
        (b"Max-Forwards: 70", b"Max-Forwards: many"),
        (b"192.0.2.10:5060;branch", b"192.0.2.10:99999;branch"),
        (b"192.0.2.10:5060;branch", b"192.0.2.10:0;branch"),
        (b";tag=ada", b";tag=ada;self=1"),
        (b";tag=ada", b";tag=ada;;"),
        (b"\r\nMax", b"\nMax"),
        (b"Ada", b"A\x00a"),
        (b"Ada", b"A\xffa"),
        (b"Ada", b"A\x07a"),
        (b"INVITE sip:", b"INVITE  sip:"),
        (b"INVITE sip:", b"IN<VITE sip:"),
        (b"SIP/2.0\r\n", b"SIP/2.0 \r\n"),
        (b"SIP/2.0\r\n", b"HTTP/1.1\r\n"),
        (b"Max-Forwards: 70", b"no colon here"),
        (b"Max-Forwards: 70", b"bad name: x"),
        (b"Max-Forwards: 70", b"X: 1\r\n" * 300 + b"Max-Forwards: 70"),
        (b"\r\n\r\n", b"\r\n"),
    ],
)
def test_a_message_that_breaks_the_rfc_is_refused(old: bytes, new: bytes) -> None:
    assert old in VALID
    with pytest.raises(MalformedMessage) as refused:
        parse(VALID.replace(old, new, 1))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (VALID.replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1), 505),
        (VALID.replace(b"INVITE sip:", b"INVITE soap:", 1), 416),
        (VALID + b"x" * 40_000, 513),
    ],
)
def test_the_refusal_names_the_status_it_deserves(data: bytes, status: int) -> None:
    with pytest.raises(MalformedMessage) as refused:
        parse(data)
    assert refused.value.status == status


def test_a_malformed_request_is_answered_with_its_own_headers() -> None:
    data = VALID.replace(b"Max-Forwards: 70", b"Max-Forwards: many")
    refusal = refusal_of(data, 400, "tag1")
    assert refusal is not None
    answered = parse(refusal)
    assert isinstance(answered, Response)
    assert (answered.status, answered.branch, answered.to_tag) == (400, "z9hG4bK-1", "tag1")


@pytest.mark.parametrize(
    "data",
    [
        VALID.replace(b"INVITE", b"ACK"),
        VALID.replace(b"Via: ", b"X: "),
        response(request(), 200).encode(),
        b"hello",
        b"hello\r\n\r\n",
    ],
)
def test_acks_responses_and_junk_are_not_answered(data: bytes) -> None:
    assert refusal_of(data, 400, "t") is None


def test_a_response_copies_what_identifies_the_request() -> None:
    answered = response(request(), 486)
    assert (answered.status, answered.reason, answered.branch) == (486, "Busy Here", "z9hG4bK-1")
    assert (answered.call_id, answered.cseq.method, answered.from_tag, answered.to_tag) == (
        "call-1@192.0.2.10",
        "INVITE",
        "ada",
        "bob",
    )


def test_trying_gets_no_tag_and_a_tag_that_is_there_stays() -> None:
    assert response_to(request(), 100, to_tag="bob").to_tag == ""
    assert response_to(request("BYE", to_tag="there"), 200, to_tag="bob").to_tag == "there"


def test_headers_of_ours_cannot_break_out_of_their_line() -> None:
    with pytest.raises(ValueError):
        response_to(request(), 200, headers=[("X-A", "1\r\nX-B: 2")])
    with pytest.raises(ValueError):
        response_to(request(), 200, "fine\r\nX-B: 2")
    with pytest.raises(ValueError):
        Headers([("X:A", "1")])


def test_the_source_of_a_packet_is_noted_in_its_top_via() -> None:
    invite = request()
    stamp_source(invite, ("203.0.113.5", 1024))
    assert invite.headers.all("Via") == ["SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport=1024;received=203.0.113.5"]
    assert response_target(invite, ("203.0.113.5", 1024)) == ("203.0.113.5", 1024)


def test_without_rport_responses_go_to_the_port_of_the_via_and_the_address_of_the_packet() -> None:
    data = VALID.replace(b";rport", b";received=198.51.100.66").replace(b"192.0.2.10:5060;b", b"pbx.invalid:5077;b")
    invite = parse(data)
    assert isinstance(invite, Request)
    stamp_source(invite, ("203.0.113.5", 1024))
    assert "198.51.100.66" not in invite.headers.all("Via")[0]
    assert response_target(invite, ("203.0.113.5", 1024)) == ("203.0.113.5", 5077)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ("a", ["a"]),
        ("a, b", ["a", "b"]),
        ('"x, y" <sip:a>, <sip:b,c>;p="1,2"', ['"x, y" <sip:a>', '<sip:b,c>;p="1,2"']),
        ('"\\",", z', ['"\\","', "z"]),
        (",,", [",,"]),
    ],
)
def test_lists_are_split_outside_of_quotes_and_brackets(value: str, items: list[str]) -> None:
    assert grammar.split_list(value) == items


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ('"<odd>" <sip:a@b.invalid;x=1:2>;tag=1', "sip:a@b.invalid;x=1:2"),
        ("sip:a@b.invalid;tag=1", "sip:a@b.invalid"),
        ("Bob <sip:b@c.invalid>", "sip:b@c.invalid"),
    ],
)
def test_a_uri_is_kept_as_its_owner_wrote_it(address: str, uri: str) -> None:
    grammar.parse_address(address)
    assert grammar.uri_text(address) == uri


@pytest.mark.parametrize("host", ["pbx1", "3f2a9c7d11e5", "my_pbx_1", "a.b-c.example.", "EXAMPLE.com", "h"])
def test_host_names_in_use_are_read(host: str) -> None:
    assert grammar.parse_uri(f"sip:{host}").host == host
    assert grammar.parse_uri(f"sips:a:pw@{host}:5061;x=1").host == host
    assert grammar.parse_address(f'"a@b.c " <sip:x;y@{host}>;tag=1').uri.host == host
    assert grammar.parse_address(f"sip:x@{host};tag=1").uri.host == host
    assert grammar.parse_via(f"SIP/2.0/UDP {host}:5070;branch=z9hG4bK_1").host == host
    assert grammar.parse_via(f"SIP/2.0/TCP {host}").host == host


@pytest.mark.parametrize("host", ["a..b!", "-a", "a b", "1.2.3", "[::1", "", 'a"b'])
def test_host_names_that_are_none_are_refused(host: str) -> None:
    for text in (f"sip:x@{host}", f"sip:{host}"):
        with pytest.raises(MalformedMessage):
            grammar.parse_uri(text)
    with pytest.raises(MalformedMessage):
        grammar.parse_via(f"SIP/2.0/UDP {host};branch=z9hG4bK1")


def test_host_names_of_containers_may_hold_underscores() -> None:
    assert grammar.parse_uri("sip:a_b@call_wright_1:5060;x_y=1").host == "call_wright_1"
    assert grammar.parse_uri("sip:pbx_1").host == "pbx_1"
    assert grammar.parse_address('"a_b" <sip:c_d@my_pbx>;tag=e_f').uri.user == "c_d"
    assert grammar.parse_address('"a_b" <sip:c_d@my_pbx>;tag=e_f').uri.host == "my_pbx"
    assert grammar.parse_via("SIP/2.0/UDP my_pbx:5070;branch=z9hG4bK_1").host == "my_pbx"
    assert grammar.parse_via("SIP/2.0/UDP host:5070;branch=z9hG4bK_1").host == "host"


@given(st.text(max_size=40))
def test_a_quoted_display_name_is_read_back(name: str) -> None:
    read = grammar.parse_address(f"{grammar.quoted(name)} <sip:a@b.invalid>").name
    assert len(read) <= len(name)
    if name.isprintable() and "  " not in name and name == name.strip():
        assert read == name


def test_digits_of_other_scripts_stand_in_display_names_and_nowhere_else() -> None:
    assert grammar.parse_address('"\u0663 \u0664" <sip:a@b.invalid>').name == "\u0663 \u0664"
    for text in ('"A" <sip:a@b.invalid:506\u0660>', '"A" <sip:a@b.invalid>;q=0.\u0665', "\u0663 <sip:a@b.invalid>"):
        with pytest.raises(MalformedMessage, match="digits outside ASCII"):
            grammar.parse_address(text)


PIECES = [
    b"\r\n", b"\r\n ", b";", b"=", b",", b'"', b"\\", b"<", b">", b"@", b":", b"%", b"%0d%0a", b"\0", b"\xc3\x28",
    b"99999999999", b"SIP/2.0", b"sip:", b"tel:", b"[::1]", b";self=x", b";tag", b"Via:", b"CSeq: 1 ACK", b" ",
    "\u0663".encode(), b"*", b"?", b"INVITE", b"a" * 300,
]  # fmt: skip


@st.composite
def near_valid_messages(draw: st.DrawFn) -> bytes:
    """A valid message with a few cuts, doublings and dangerous pieces at places that matter."""
    start = draw(st.sampled_from([VALID, request_bytes("BYE"), response(request(), 200).encode()]))
    data = bytearray(start)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 8))
        data[at : at + length] = draw(st.sampled_from([b"", *PIECES]) | st.binary(max_size=6))
    return bytes(data)


@settings(max_examples=400)
@given(near_valid_messages())
def test_near_valid_messages_are_parsed_or_refused_and_nothing_else(data: bytes) -> None:
    try:
        message = parse(data)
    except WireError as refused:
        status = refused.status if isinstance(refused, MalformedMessage) else 400
        refusal_of(data, status, "t")
        return
    try:
        message.contact()
        message.text()
    except MalformedMessage:
        pass
    assert parse(message.encode()).encode() == message.encode()
    if isinstance(message, Request):
        stamp_source(message, ("192.0.2.1", 5060))
        response_target(message, ("192.0.2.1", 5060))
        parse(response_to(message, 200, to_tag="t").encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    with contextlib.suppress(WireError):
        parse(data)
