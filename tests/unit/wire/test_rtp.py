import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callwright.wire.error import WireError
from callwright.wire.rtp import Reception, RtpPacket, parse_rtp, sequence_distance, timestamp_distance

WORDS = st.integers(0, 2**32 - 1)
PACKETS = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 127),
    sequence=st.integers(0, 65535),
    timestamp=WORDS,
    ssrc=WORDS,
    payload=st.binary(max_size=400),
    marker=st.booleans(),
    csrcs=st.lists(WORDS, max_size=15).map(tuple),
    extension=st.none()
    | st.tuples(st.integers(0, 65535), st.integers(0, 5).flatmap(lambda n: st.binary(min_size=4 * n, max_size=4 * n))),
)


@given(PACKETS)
def test_a_packet_comes_back_as_it_was(packet: RtpPacket) -> None:
    assert parse_rtp(packet.serialise()) == packet


def test_the_layout_is_that_of_rfc_3550() -> None:
    data = RtpPacket(101, 0x1234, 0x01020304, 0xAABBCCDD, b"\x05\x0a\x00\xa0", marker=True).serialise()
    assert data == bytes.fromhex("80e5 1234 01020304 aabbccdd 050a00a0")


def test_padding_is_left_off() -> None:
    data = bytearray(RtpPacket(0, 1, 2, 3, b"sound" + b"\0\0\x03").serialise())
    data[0] |= 0x20
    assert parse_rtp(bytes(data)).payload == b"sound"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(20),  # version 1
        b"\x8f" + bytes(11),  # fifteen CSRCs promised
        b"\x90" + bytes(11),  # extension promised
        b"\x90" + bytes(11) + b"\0\0\xff\xff",  # extension longer than the packet
        b"\xa0" + bytes(11),  # padding of no bytes
        b"\xa0" + bytes(19) + b"\xff",  # padding longer than the packet
    ],
)
def test_a_broken_header_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        parse_rtp(data)


@settings(max_examples=300)
@given(st.binary(max_size=80), st.integers(0, 0x3F))
@example(b"\0" * 12, 0x3F)
def test_anything_is_read_or_refused(data: bytes, flags: int) -> None:
    near_valid = bytes([0x80 | flags]) + data
    for datagram in (data, near_valid):
        try:
            packet = parse_rtp(datagram)
        except WireError:
            continue
        assert len(packet.payload) <= len(datagram) - 12


@given(st.integers(0, 65535), st.integers(-32768, 32767))
def test_sequence_distance_counts_over_the_wrap(start: int, step: int) -> None:
    assert sequence_distance(start, (start + step) % 65536) == step


@given(WORDS, st.integers(-(2**31), 2**31 - 1))
def test_timestamp_distance_counts_over_the_wrap(start: int, step: int) -> None:
    assert timestamp_distance(start, (start + step) % 2**32) == step


def received(sequences: list[int]) -> Reception:
    reception = Reception()
    for index, sequence in enumerate(sequences):
        reception.count(sequence % 65536, sequence * 160 % 2**32, index * 160)
    return reception


@given(st.integers(0, 65535), st.sets(st.integers(1, 299), max_size=100))
def test_lost_packets_are_counted_over_the_wrap(start: int, lost: set[int]) -> None:
    reception = received([start + n for n in range(301) if n not in lost])
    assert reception.lost == len(lost)
    assert reception.received == 301 - len(lost)


def test_reordered_packets_are_not_lost() -> None:
    assert received([10, 12, 11, 14, 13, 15]).lost == 0


def test_a_restarted_sender_is_no_loss_and_hides_none() -> None:
    reception = received([100, 102, 103, 30000, 30001])
    assert reception.lost == 1
    assert reception.received == 5


def test_nothing_received_is_nothing_lost() -> None:
    assert Reception().lost == 0


def test_an_even_stream_has_no_jitter_and_an_uneven_one_has() -> None:
    even, uneven = Reception(), Reception()
    for n in range(200):
        even.count(n, n * 160, n * 160)
        uneven.count(n, n * 160, n * 160 + 80 * (n % 2))
    assert even.jitter == 0
    assert uneven.jitter == pytest.approx(80, rel=0.01)


def test_the_jitter_survives_the_wrap_of_the_timestamp() -> None:
    reception = Reception()
    for n in range(100):
        reception.count(n, (2**32 - 5000 + n * 160) % 2**32, n * 160)
    assert reception.jitter == 0


def test_serialising_refuses_what_does_not_fit() -> None:
    with pytest.raises(struct.error):
        RtpPacket(0, 65536, 0, 0, b"").serialise()
