import contextlib
import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callwright.wire.error import WireError
from callwright.wire.smpp.body import (
    RESPONSE,
    Address,
    Alert,
    Bind,
    BindResponse,
    Command,
    DataMessage,
    MessageId,
    Outbind,
    ShortMessage,
)  # fmt: skip
from callwright.wire.smpp.command_status import Meaning, meaning_of, status_text
from callwright.wire.smpp.errors import CannotBeSent, FramingLost, MalformedPdu
from callwright.wire.smpp.framing import LONGEST_PDU, Splitter
from callwright.wire.smpp.pdu import Pdu, decode, encode


def text(longest: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=longest)


OCTET = st.integers(0, 255)
TLVS = st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=300), max_size=5)
SHORT = st.builds(Address, OCTET, OCTET, text(20))
LONG = st.builds(Address, OCTET, OCTET, text(64))
MESSAGES = st.builds(
    ShortMessage, SHORT, SHORT, st.binary(max_size=254), text(5), OCTET, OCTET, OCTET, text(16), text(16), OCTET, OCTET,
    OCTET, OCTET, TLVS,
)  # fmt: skip
DATA = st.builds(DataMessage, LONG, LONG, text(5), OCTET, OCTET, OCTET, TLVS)
IDS = st.builds(MessageId, text(65), TLVS)
BINDS = st.builds(Bind, text(15), text(64), text(12), OCTET, OCTET, OCTET, text(40))
BODIES = {
    Command.BIND_RECEIVER: BINDS,
    Command.BIND_TRANSMITTER: BINDS,
    Command.BIND_TRANSCEIVER: BINDS,
    Command.BIND_RECEIVER | RESPONSE: st.builds(BindResponse, text(15), TLVS),
    Command.BIND_TRANSMITTER | RESPONSE: st.builds(BindResponse, text(15), TLVS),
    Command.BIND_TRANSCEIVER | RESPONSE: st.builds(BindResponse, text(15), TLVS),
    Command.SUBMIT_SM: MESSAGES,
    Command.DELIVER_SM: MESSAGES,
    Command.DATA_SM: DATA,
    Command.SUBMIT_SM | RESPONSE: IDS,
    Command.DELIVER_SM | RESPONSE: IDS,
    Command.DATA_SM | RESPONSE: IDS,
    Command.ALERT_NOTIFICATION: st.builds(Alert, LONG, LONG, TLVS),
    Command.OUTBIND: st.builds(Outbind, text(15), text(64)),
    Command.UNBIND: st.none(),
    Command.UNBIND | RESPONSE: st.none(),
    Command.ENQUIRE_LINK: st.none(),
    Command.ENQUIRE_LINK | RESPONSE: st.none(),
    Command.GENERIC_NACK: st.none(),
}
WORD = st.integers(0, 2**32 - 1)
PDUS = st.sampled_from(sorted(BODIES)).flatmap(
    lambda command: st.builds(Pdu, st.just(int(command)), WORD, WORD, BODIES[command])
)


@given(PDUS)
def test_a_pdu_comes_back_as_it_was(pdu: Pdu) -> None:
    data = encode(pdu)
    assert int.from_bytes(data[:4], "big") == len(data)
    assert decode(data) == pdu


def test_the_layout_of_submit_sm_is_that_of_smpp_3_4() -> None:
    message = ShortMessage(
        Address(5, 0, "Shop"), Address(1, 1, "4915"), b"Hi", "CMT", 0x40, 1, 2, "", "000000010000000R", 1, 0, 8, 3,
        {0x0204: b"\x00\x07"},
    )  # fmt: skip
    assert encode(Pdu(Command.SUBMIT_SM, 2, 0, message)) == bytes.fromhex(
        "00000044 00000004 00000000 00000002"
        "434d5400 0500 53686f7000 0101 3439313500 40 01 02 00"
        "30303030303030313030303030303052 00 01 00 08 03 02 4869 0204 0002 0007"
    )


@settings(max_examples=150)
@given(PDUS, st.data())
def test_a_near_valid_pdu_is_read_or_refused(pdu: Pdu, data: st.DataObject) -> None:
    octets = bytearray(encode(pdu))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(4, len(octets) - 1))] = data.draw(OCTET)
    cut = octets[: data.draw(st.integers(0, len(octets)))]
    for candidate in (bytes(octets), bytes(cut), bytes(octets) + b"\x04"):
        with contextlib.suppress(MalformedPdu):
            decode(candidate)


@given(st.sampled_from(sorted(BODIES)), st.binary(max_size=80))
@example(Command.SUBMIT_SM | RESPONSE, b"x" * 300)
def test_any_body_is_read_or_refused(command: int, body: bytes) -> None:
    data = struct.pack("!IIII", 16 + len(body), command, 3, 4) + body
    try:
        found: Pdu | MalformedPdu = decode(data)
    except MalformedPdu as error:
        found = error
    assert isinstance(found, Pdu | WireError)
    assert (found.command_id, found.command_status, found.sequence_number) == (command, 3, 4)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (ShortMessage(Address(), Address(), b"x" * 255), "short_message of 255"),
        (ShortMessage(Address(1, 1, "1" * 21), Address()), "source_addr"),
        (ShortMessage(Address(), Address(1, 1, "1" * 21)), "destination_addr"),
        (ShortMessage(Address(256, 1, ""), Address()), "source_addr"),
        (ShortMessage(Address(1, 1, "a\0b"), Address()), "source_addr"),
        (ShortMessage(Address(5, 0, "Läden €"), Address()), "source_addr"),
        (ShortMessage(Address(), Address(), data_coding=300), "data_coding"),
        (ShortMessage(Address(), Address(), tlvs={0x424: b"x" * 65536}), "0x0424"),
        (ShortMessage(Address(), Address(), tlvs={0x424: b"x" * 65535, 0x1400: b"x" * 65535}), "PDU of"),
        (Bind("a" * 16, ""), "system_id"),
        (Bind("a", "b" * 65), "password"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(body: ShortMessage | Bind, named: str) -> None:
    command = Command.SUBMIT_SM if isinstance(body, ShortMessage) else Command.BIND_TRANSCEIVER
    with pytest.raises(CannotBeSent, match=named):
        encode(Pdu(command, 1, 0, body))


def test_passwords_are_not_shown() -> None:
    assert "hunter2" not in repr(Bind("me", "hunter2")) + repr(Outbind("smsc", "hunter2"))


@pytest.mark.parametrize("body", [b"", b"1234", b"1234\0"])
def test_an_identifier_is_read_also_without_its_nul(body: bytes) -> None:
    read = decode(struct.pack("!IIII", 16 + len(body), Command.SUBMIT_SM | RESPONSE, 0, 1) + body).body
    assert (read.message_id if isinstance(read, MessageId) else "") == body.decode().rstrip("\0")


@settings(max_examples=30)
@given(st.lists(PDUS, min_size=1, max_size=4), st.data())
def test_a_stream_is_cut_into_its_pdus_however_it_arrives(pdus: list[Pdu], data: st.DataObject) -> None:
    frames = [encode(pdu) for pdu in pdus]
    stream = b"".join(frames)
    splitter, found = Splitter(), list[bytes]()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        splitter.feed(stream[:size])
        stream = stream[size:]
        while (frame := splitter.next_pdu()) is not None:
            found.append(frame)
    assert found == frames


@pytest.mark.parametrize("length", [0, 4, 15, LONGEST_PDU + 1, 2**32 - 1])
def test_an_impossible_length_is_refused_before_anything_is_kept(length: int) -> None:
    splitter = Splitter()
    good = encode(Pdu(Command.ENQUIRE_LINK, 1))
    splitter.feed(good + length.to_bytes(4, "big"))
    assert splitter.next_pdu() == good
    for _ in range(2):
        with pytest.raises(FramingLost, match=str(length)):
            splitter.next_pdu()


def test_statuses_are_told_by_name_and_meaning() -> None:
    assert status_text(0x58).startswith("ESME_RTHROTTLED (0x00000058): ")
    assert status_text(0x432) == "0x00000432: a status of the carrier's own"
    assert [meaning_of(status) for status in (0x58, 0x14, 0x08, 0x0B, 0x0A, 0x432)] == [
        Meaning.THROTTLED, Meaning.THROTTLED, Meaning.TEMPORARY, Meaning.DESTINATION, Meaning.CARRIER, Meaning.FAILED,
    ]  # fmt: skip
