from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callwright.wire.error import WireError
from callwright.wire.smpp.body import Address, DataMessage, ShortMessage
from callwright.wire.smpp.delivery import (
    DeliveredReceipt,
    DeliveredText,
    MessageState,
    ReadingStyle,
    decode_text,
    read_delivery,
    state_of_word,
)  # fmt: skip
from callwright.wire.smpp.errors import CannotBeSent
from callwright.wire.smpp.message_id import Form, kept_id, receipt_ids
from callwright.wire.smpp.pdu import Pdu, decode, encode
from callwright.wire.smpp.submission import SubmitStyle, address_of, relative_time, submissions

FROM, TO = "+15555550100", "+4915212345678"
LATIN1 = SubmitStyle(default_charset="latin1")


def parts_of(text: str, style: SubmitStyle = SubmitStyle(), reference: int = 0x1234) -> tuple[ShortMessage, ...]:  # noqa: B008 - frozen
    return submissions(style, FROM, TO, text, reference=reference, remaining_s=60)


@pytest.mark.parametrize(
    ("text", "style", "coding", "octets"),
    [
        ("Grüße @ {€}", SubmitStyle(), 0, b"Gr~\x1ee \x00 \x1b(\x1be\x1b)"),
        ("Grüße {}", LATIN1, 0, "Grüße {}".encode("latin-1")),
        ("5 €", LATIN1, 8, "5 €".encode("utf-16-be")),
        ("ж 🙂", SubmitStyle(), 8, "ж 🙂".encode("utf-16-be")),
        ("ж", SubmitStyle(ucs2_data_coding=24), 24, b"\x04\x36"),
        ("a", SubmitStyle(gsm7_data_coding=1), 1, b"a"),
        ("", SubmitStyle(), 0, b""),
    ],
)
def test_a_short_text_is_written_in_the_carriers_alphabet(
    text: str, style: SubmitStyle, coding: int, octets: bytes
) -> None:
    (message,) = parts_of(text, style)
    assert (message.data_coding, message.short_message, message.esm_class) == (coding, octets, 0)


def test_a_long_text_goes_by_headers_by_parameters_or_whole() -> None:
    text = "a" * 161
    udh = parts_of(text)
    assert [message.short_message[:6] for message in udh] == [b"\x05\x00\x03\x34\x02\x01", b"\x05\x00\x03\x34\x02\x02"]
    assert [len(message.short_message) for message in udh] == [159, 14]
    sar = parts_of(text, SubmitStyle(long_messages="sar"))
    assert [message.tlvs for message in sar] == [
        {0x20C: b"\x12\x34", 0x20E: b"\x02", 0x20F: b"\x01"},
        {0x20C: b"\x12\x34", 0x20E: b"\x02", 0x20F: b"\x02"},
    ]
    assert b"".join(message.short_message for message in sar) == b"a" * 161
    (whole,) = parts_of(text, SubmitStyle(long_messages="payload"))
    assert (whole.short_message, whole.tlvs) == (b"", {0x424: b"a" * 161})


def test_a_long_text_that_latin_1_cannot_hold_is_cut_for_ucs2() -> None:
    parts = parts_of("€" * 71, LATIN1)
    assert [len(message.short_message) for message in parts] == [6 + 134, 6 + 8]


def test_more_parts_than_can_be_counted_are_refused() -> None:
    with pytest.raises(CannotBeSent, match="256 parts"):
        parts_of("a" * (153 * 255 + 1))
    with pytest.raises(CannotBeSent, match="message_payload"):
        parts_of("a" * 65_536, SubmitStyle(long_messages="payload"))


@pytest.mark.parametrize(
    ("number", "style", "expected"),
    [
        (FROM, SubmitStyle(), Address(1, 1, "15555550100")),
        (FROM, SubmitStyle(keep_plus=True), Address(1, 1, FROM)),
        ("12345", SubmitStyle(), Address(3, 0, "12345")),
        ("12345", SubmitStyle(short_code_ton=0, short_code_npi=1), Address(0, 1, "12345")),
        ("Shop 24", SubmitStyle(), Address(5, 0, "Shop 24")),
        ("٣٤٥", SubmitStyle(), Address(5, 0, "٣٤٥")),
    ],
)
def test_an_address_has_the_type_of_its_number(number: str, style: SubmitStyle, expected: Address) -> None:
    assert address_of(style, number) == expected


def test_types_that_are_set_beat_those_worked_out() -> None:
    style = SubmitStyle(source_ton=6, source_npi=0, dest_ton=0, dest_npi=8)
    (message,) = parts_of("a", style)
    assert (message.source.ton, message.source.npi) == (6, 0)
    assert (message.destination.ton, message.destination.npi) == (0, 8)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "000000000001000R"), (36_000, "000000100000000R"), (90_061.9, "000001010101000R"), (1e9, "000031000000000R")],
)
def test_the_validity_period_is_relative(seconds: float, text: str) -> None:
    assert relative_time(seconds) == text


def test_what_is_not_wanted_is_not_asked_for() -> None:
    style = SubmitStyle(receipts=False, validity_period=False, service_type="VMA")
    (message,) = parts_of("a", style)
    assert (message.registered_delivery, message.validity_period, message.service_type) == (0, "", "VMA")


WAYS: list[Literal["udh", "sar", "payload"]] = ["udh", "sar", "payload"]
WRITABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=600)


@given(WRITABLE | st.text("abc {€}äÄΔ\n", max_size=600), st.sampled_from(WAYS), st.sampled_from(["gsm7", "latin1"]))
def test_what_is_written_is_what_is_read(
    text: str, way: Literal["udh", "sar", "payload"], charset: Literal["gsm7", "latin1"]
) -> None:
    style = SubmitStyle(default_charset=charset, long_messages=way)
    found = []
    for number, message in enumerate(parts_of(text, style), start=1):
        assert len(message.short_message) <= 146
        sent = decode(encode(Pdu(5, 1, 0, message))).body
        assert isinstance(sent, ShortMessage)
        delivered = read_delivery(sent, ReadingStyle(charset))
        assert isinstance(delivered, DeliveredText)
        assert (delivered.source, delivered.destination) == (FROM, TO)
        assert delivered.part is None or (
            delivered.part.number == number and delivered.part.reference in (0x34, 0x1234)
        )
        found.append(delivered.text)
    assert "".join(found) == text


@pytest.mark.parametrize(
    ("coding", "octets", "text"),
    [
        (0, b"\x00\x1be", "@€"),
        (0, b"caf\xe9", "café"),  # no septets: such SMSCs mean Latin-1
        (1, b"plain", "plain"),
        (3, b"caf\xe9", "café"),
        (4, b"\xe9", "é"),
        (6, b"\xb6", "Ж"),
        (8, b"\xfe\xff\x00h\x00i", "hi"),
        (8, b"\x00h\x00", "h\ufffd"),
        (0x18, b"\x04\x36", "ж"),
        (0xF0, b"\x00", "@"),
        (0xF4, b"\xe9", "é"),
        (0xE0, b"\x04\x36", "ж"),
        (0xC8, b"a", "a"),
        (0x70, b"a\0", "a@"),
        (9, b"a", "a"),
    ],
)
def test_a_text_is_read_by_its_data_coding(coding: int, octets: bytes, text: str) -> None:
    assert decode_text(octets, coding, ReadingStyle()) == text


@given(st.integers(0, 255), st.binary(max_size=60))
def test_any_octets_of_any_coding_are_some_text_without_nul(coding: int, octets: bytes) -> None:
    text = decode_text(octets, coding, ReadingStyle())
    assert "\0" not in text
    text.encode("utf-16", "surrogatepass")


@given(
    st.builds(
        ShortMessage, st.builds(Address), st.builds(Address), st.binary(max_size=60), esm_class=st.integers(0, 255),
        data_coding=st.sampled_from([0, 3, 8]),
        tlvs=st.dictionaries(
            st.sampled_from([0x1E, 0x20C, 0x20E, 0x20F, 0x423, 0x424, 0x427]), st.binary(max_size=6)),
    )
)  # fmt: skip
def test_any_delivery_is_read_or_refused(message: ShortMessage) -> None:
    try:
        delivered = read_delivery(message, ReadingStyle())
    except WireError:
        return
    assert isinstance(delivered, DeliveredText | DeliveredReceipt)


def test_numbers_get_their_plus_and_short_codes_do_not() -> None:
    message = ShortMessage(Address(1, 1, "4915212345678"), Address(1, 1, "12345"), b"hi")
    assert read_delivery(message, ReadingStyle()) == DeliveredText(TO, "12345", "hi")
    short = ShortMessage(Address(1, 1, "2901234"), Address(1, 1, "290123"), b"hi")  # Saint Helena has the shortest
    assert read_delivery(short, ReadingStyle()) == DeliveredText("+2901234", "290123", "hi")
    plain = ShortMessage(Address(0, 1, "015212345678"), Address(5, 0, "Shop"), b"hi")
    assert read_delivery(plain, ReadingStyle()) == DeliveredText("015212345678", "Shop", "hi")


def test_a_text_that_looks_like_a_receipt_is_a_text() -> None:
    forged = b"id:1 sub:001 dlvrd:001 submit date:2611231400 done date:2611231401 stat:DELIVRD err:000 text:x"
    assert isinstance(read_delivery(ShortMessage(Address(), Address(), forged), ReadingStyle()), DeliveredText)


def test_a_notification_on_the_way_is_a_receipt_in_its_state() -> None:
    message = DataMessage(Address(), Address(), esm_class=0x20, tlvs={0x1E: b"abc\0"})
    assert read_delivery(message, ReadingStyle()) == DeliveredReceipt("abc", MessageState.ENROUTE)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DELIVRD", MessageState.DELIVERED), ("delivered", MessageState.DELIVERED),
        ("UNDELIV", MessageState.UNDELIVERABLE),
        ("REJECTD", MessageState.REJECTED), ("FAILED", MessageState.UNDELIVERABLE), ("BUFFRED", MessageState.ENROUTE),
        ("nonsense", MessageState.UNKNOWN),
    ],
)  # fmt: skip
def test_words_of_receipts_are_states(word: str, state: MessageState) -> None:
    assert state_of_word(word) is state


@given(st.integers(1, 2**63), st.integers(0, 12), st.integers(0, 12), st.booleans(), st.booleans())
def test_hex_and_decimal_identifiers_meet(
    number: int, zeros: int, more_zeros: int, is_lower: bool, receipts_in_hex: bool
) -> None:
    in_hex = ("0" * min(zeros, 16 - len(f"{number:x}"))) + (f"{number:x}" if is_lower else f"{number:X}")
    in_decimal = "0" * min(more_zeros, 20 - len(str(number))) + str(number)
    if receipts_in_hex:
        assert receipt_ids(in_hex, "hex")[0] == kept_id(in_decimal, "hex")
    else:
        assert receipt_ids(in_decimal, "decimal")[0] == kept_id(in_hex, "decimal")


@example(22, 16, "hex")  # 0x16 is 22
@example(22, 34, "decimal")  # 34 is 0x22
@given(st.integers(1, 2**63), st.integers(1, 2**63), st.sampled_from(["hex", "decimal"]))
def test_the_receipt_of_one_number_never_finds_another(number: int, other: int, form: Form) -> None:
    answered, written = ("%d", "%X") if form == "hex" else ("%X", "%d")
    assert (kept_id(answered % other, form) in receipt_ids(written % number, form)) == (number == other)


def test_what_was_no_number_is_found_as_it_is_written() -> None:
    assert kept_id("1A2B", "hex") in receipt_ids("1A2B", "hex")
    assert kept_id("9" * 20, "decimal") in receipt_ids("9" * 20, "decimal")


def test_words_keep_their_letters() -> None:
    assert kept_id("aB-1", "as_is") == kept_id("aB-1", "decimal") == "aB-1"
    assert receipt_ids("aB-1", "as_is") == ("aB-1", "ab-1", "AB-1")
    assert receipt_ids("123", "as_is") == ("123", "00000123", "0000000123")
