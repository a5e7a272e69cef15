import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.wire.error import WireError
from callwright.wire.sdp import LocalAudio, NotAcceptable, accept_answer, answer_offer, build_offer, parse_audio

US = LocalAudio("198.51.100.1", 20000, session_id=99)


def sdp(*media: str, session: str = "c=IN IP4 192.0.2.10\r\n") -> str:
    return f"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\n{session}t=3 4\r\n" + "".join(f"{line}\r\n" for line in media)


def audio(*attributes: str, formats: str = "0 8 101", port: int | str = 4000) -> str:
    maps = ("a=rtpmap:101 telephone-event/8000",) if "101" in formats else ()
    return sdp(f"m=audio {port} RTP/AVP {formats}", *maps, *attributes)


def lines(text: str, start: str) -> list[str]:
    return [line for line in text.split("\r\n") if line.startswith(start)]


def test_the_first_codec_of_the_offer_that_we_speak_is_taken() -> None:
    agreed = answer_offer(audio(formats="18 8 0 101"), US)
    assert (agreed.codec, agreed.payload_type, agreed.dtmf_payload_type) == ("PCMA", 8, 101)
    assert (agreed.remote.host, agreed.remote.port, agreed.ptime_ms) == ("192.0.2.10", 4000, 20)
    assert lines(agreed.answer, "m=") == ["m=audio 20000 RTP/AVP 8 101"]
    assert lines(agreed.answer, "c=") == ["c=IN IP4 198.51.100.1"]
    assert lines(agreed.answer, "o=") == ["o=- 99 1 IN IP4 198.51.100.1"]
    assert lines(agreed.answer, "t=") == ["t=3 4"]
    assert "a=sendrecv" in agreed.answer


def test_an_offer_of_ours_is_answered_by_us() -> None:
    offer = build_offer(US)
    agreed = answer_offer(offer, LocalAudio("2001:db8::1", 30000, session_id=1, codecs=("PCMA",)))
    assert lines(agreed.answer, "c=") == ["c=IN IP6 2001:db8::1"]
    ours = accept_answer(agreed.answer, US)
    assert (ours.codec, ours.dtmf_payload_type, ours.remote.host) == ("PCMA", 101, "2001:db8::1")
    assert ours.sends
    assert ours.receives


def test_telephone_event_keeps_the_number_of_the_peer() -> None:
    offer = sdp("m=audio 4000 RTP/AVP 96 0 97", "a=rtpmap:96 telephone-event/48000", "a=rtpmap:97 TELEPHONE-EVENT/8000")
    assert answer_offer(offer, US).dtmf_payload_type == 97


def test_without_telephone_event_there_is_none() -> None:
    agreed = answer_offer(audio(formats="0"), US)
    assert agreed.dtmf_payload_type is None
    assert "telephone-event" not in agreed.answer


def test_a_dynamic_number_for_a_codec_we_speak_is_used() -> None:
    agreed = answer_offer(
        sdp("m=audio 4000 RTP/AVP 96 100", "a=rtpmap:96 opus/48000/2", "a=rtpmap:100 pcmu/8000/1"), US
    )
    assert (agreed.codec, agreed.payload_type) == ("PCMU", 100)


@pytest.mark.parametrize(
    ("attribute", "answered", "sends", "receives"),
    [
        ("a=sendrecv", "a=sendrecv", True, True),
        ("a=sendonly", "a=recvonly", False, True),
        ("a=recvonly", "a=sendonly", True, False),
        ("a=inactive", "a=inactive", False, False),
        ("c=IN IP4 0.0.0.0", "a=recvonly", False, True),
    ],
)
def test_holding_is_mirrored(attribute: str, answered: str, sends: bool, receives: bool) -> None:
    agreed = answer_offer(audio(attribute), US)
    assert (agreed.sends, agreed.receives) == (sends, receives)
    assert answered in agreed.answer


def test_a_direction_for_the_session_counts_where_the_stream_has_none() -> None:
    assert (
        parse_audio(sdp("m=audio 1 RTP/AVP 0", session="c=IN IP4 192.0.2.1\r\na=inactive\r\n")).direction == "inactive"
    )


def test_other_streams_are_answered_with_port_nought_in_their_places() -> None:
    offer = sdp(
        "m=video 6000 RTP/AVP 31",
        "m=audio 4000 RTP/SAVP 0",
        "m=audio 4002 RTP/AVP 0",
        "m=audio 4004 RTP/AVP 8",
        "m=application 9 UDP/BFCP *",
    )
    assert lines(answer_offer(offer, US).answer, "m=") == [
        "m=video 0 RTP/AVP 31",
        "m=audio 0 RTP/SAVP 0",
        "m=audio 20000 RTP/AVP 0",
        "m=audio 0 RTP/AVP 8",
        "m=application 0 UDP/BFCP *",
    ]


@pytest.mark.parametrize(("value", "ptime_ms"), [("10", 10), ("30", 30), ("200", 20), ("0", 20), ("x", 20), ("٣", 20)])
def test_the_packet_time_of_the_peer_is_kept_when_it_is_usual(value: str, ptime_ms: int) -> None:
    assert answer_offer(audio(f"a=ptime:{value}"), US).ptime_ms == ptime_ms


def test_an_address_of_the_stream_goes_before_that_of_the_session() -> None:
    assert parse_audio(audio("c=IN IP4 192.0.2.77")).host == "192.0.2.77"


def test_the_version_rises_with_what_we_say() -> None:
    again = LocalAudio("198.51.100.1", 20000, session_id=99, version=2)
    assert lines(build_offer(again, "sendonly"), "o=") == ["o=- 99 2 IN IP4 198.51.100.1"]
    assert "a=sendonly" in build_offer(again, "sendonly")


@pytest.mark.parametrize(
    "offer",
    [
        audio(formats="18 101"),
        audio(port=0),
        sdp("m=video 6000 RTP/AVP 31"),
        sdp("m=audio 4000 RTP/SAVP 0"),
        sdp(),
        sdp("m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMU/16000"),
    ],
)
def test_what_we_cannot_speak_is_not_acceptable(offer: str) -> None:
    with pytest.raises(NotAcceptable):
        answer_offer(offer, US)


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "hello",
        "v=1\r\n",
        audio() + "nonsense\r\n",
        audio("a=\x00"),
        audio(port=65536),
        audio(port=123456),
        audio(port="-1"),
        audio(formats="128"),
        audio(formats="0 x"),
        audio(formats="٣"),
        audio(formats=" ".join(["0"] * 500)),
        audio("c=IN IP4 media.invalid"),
        audio("c=IN IP4 224.2.1.1/127"),
        audio("c=IN IP4 224.2.1.1"),
        audio("c=IN IP4 255.255.255.255"),
        audio("c=IN IP4 ::1"),
        audio("c=IN IP6 192.0.2.1"),
        audio("c=IN IP6 fe80::1%eth0"),
        audio("c=nonsense"),
        sdp("m=audio 4000 RTP/AVP 0", session=""),
        sdp(*["m=audio 4000 RTP/AVP 0"] * 100),
        sdp(*["a=x"] * 2000),
        sdp("m=audio"),
    ],
)
def test_nonsense_is_refused(offer: str) -> None:
    with pytest.raises(WireError):
        answer_offer(offer, US)


PIECES = [
    "\r\n",
    "\n",
    "m=audio 1 RTP/AVP 0",
    "c=IN IP4 ",
    "0.0.0.0",
    "a=rtpmap:",
    "99999",
    "a=",
    "=",
    " ",
    "/",
    "٣",
    "\x00",
]


@st.composite
def near_valid_offers(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from([audio("a=ptime:20", "a=sendonly"), build_offer(US), sdp("m=video 1 RTP/AVP 1")]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        end = at + draw(st.integers(0, 6))
        text = text[:at] + draw(st.sampled_from(["", *PIECES]) | st.text(max_size=4)) + text[end:]
    return text


@settings(max_examples=300)
@given(near_valid_offers())
def test_near_valid_offers_are_answered_or_refused_and_the_answer_can_be_read(offer: str) -> None:
    try:
        agreed = answer_offer(offer, US)
    except WireError:
        return
    assert len(lines(agreed.answer, "m=")) >= 1
    assert agreed.answer.isprintable() or set(agreed.answer) & {"\r", "\n"}
    back = accept_answer(agreed.answer, US)
    assert (back.codec, back.remote.port) == (agreed.codec, US.port)
