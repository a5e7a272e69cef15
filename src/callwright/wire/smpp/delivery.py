"""What a deliver_sm (or data_sm) brings: a text, a part of one, or a delivery receipt (SMPP 3.4 §4.6, §5.2.12)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

from callwright.wire.error import WireError
from callwright.wire.smpp import tlv
from callwright.wire.smpp.body import Address, DataMessage, ShortMessage
from callwright.wire.smpp.submission import UDH_INDICATOR
from callwright.wire.smpp.tlv import Tlvs, read_number
from callwright.wire.sms import gsm7
from callwright.wire.sms.receipt_text import ReceiptText, parse_receipt_text
from callwright.wire.sms.user_data import Concatenation, split_user_data

_MESSAGE_TYPE = 0x3C
_RECEIPT = 0x04
_INTERMEDIATE_NOTIFICATION = 0x20
_TON_INTERNATIONAL = 1
#: Short codes sometimes come as international; a number of fewer digits gets no plus.
_SHORTEST_NUMBER = 7
#: §4.4.2 says 65; longer ones are written, but what is kept and looked up has an end.
_LONGEST_ID = 255
#: Far above what a message may have, and what concatenated ones can: message_payload holds 64 kB.
_LONGEST_TEXT = 10_000
#: A part has at most 160 characters by GSM; SAR parts may be larger, as message_payload holds them.
_LONGEST_PART = 1000


class MessageState(IntEnum):
    """§5.2.28; SCHEDULED and SKIPPED are of SMPP 5.0."""

    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9


#: Appendix B, and words that SMSCs are known to write, by their beginnings.
_WORDS = (
    ("DELIV", MessageState.DELIVERED),
    ("EXPIR", MessageState.EXPIRED),
    ("DELET", MessageState.DELETED),
    ("UNDEL", MessageState.UNDELIVERABLE),
    ("ACCEP", MessageState.ACCEPTED),
    ("REJEC", MessageState.REJECTED),
    ("ENROU", MessageState.ENROUTE),
    ("BUFF", MessageState.ENROUTE),
    ("SCHED", MessageState.SCHEDULED),
    ("SKIP", MessageState.SKIPPED),
    ("FAIL", MessageState.UNDELIVERABLE),
)


@dataclass(frozen=True)
class ReadingStyle:
    """How a carrier writes what it delivers; the fields are as in the settings of SMPP carriers."""

    default_charset: Literal["gsm7", "latin1"] = "gsm7"
    gsm7_data_coding: int = 0
    ucs2_data_coding: int = 8


@dataclass(frozen=True, slots=True)
class DeliveredText:
    """A message or a part of one. International numbers have their plus."""

    source: str
    destination: str
    text: str
    part: Concatenation | None = None


@dataclass(frozen=True, slots=True)
class DeliveredReceipt:
    """A receipt: `message_id` as the SMSC wrote it, `error` its own code, `network_error` (type, code) of GSM."""

    message_id: str
    state: MessageState
    error: str | None = None
    network_error: tuple[int, int] | None = None
    done_date: str | None = None


Delivered: TypeAlias = DeliveredText | DeliveredReceipt


def read_delivery(body: ShortMessage | DataMessage, style: ReadingStyle) -> Delivered:
    """What it brings.

    Raises WireError when it cannot be read or is too much: a receipt of nothing, a broken user data header, a text of
    more than 10 000 characters.
    """
    if body.esm_class & _MESSAGE_TYPE in (_RECEIPT, _INTERMEDIATE_NOTIFICATION) or _has_receipt(body.tlvs):
        return _read_receipt(body, style)
    octets = _octets(body)
    part = _sar_part(body.tlvs)
    if body.esm_class & UDH_INDICATOR:
        header, octets = split_user_data(octets)
        part = header.concatenation or part
    text = decode_text(octets, body.data_coding, style)
    longest = _LONGEST_TEXT if part is None else _LONGEST_PART
    if len(text) > longest:
        raise WireError(f"a text of {len(text)} characters: {longest} is the most here")
    return DeliveredText(_number(body.source), _number(body.destination), text, part)


def decode_text(octets: bytes, data_coding: int, style: ReadingStyle) -> str:
    """The text of octets by their data_coding (§5.2.19), without NULs; what cannot be read becomes U+FFFD.

    Halves of UTF-16 surrogate pairs stay as they are: some phones cut a long text between them.
    """
    charset = _charset(data_coding, style)
    if charset == "gsm7":
        try:
            text = gsm7.decode(octets)
        except WireError:  # not in the alphabet it should be in: Latin-1 is what such SMSCs send
            text = octets.decode("latin-1")
    elif charset == "utf-16-be":
        whole = len(octets) & ~1
        text = octets[:whole].decode(charset, "surrogatepass") + "\ufffd" * (len(octets) - whole)
    else:
        text = octets.decode(charset, "replace")
    return text.removeprefix("\ufeff").replace("\0", "")


def _whole(text: str) -> str:
    """Without halves of surrogate pairs: identifiers of receipts are looked up and kept."""
    return text.encode("utf-8", "replace").decode()


def state_of_word(word: str) -> MessageState:
    """The `stat` of a receipt's text."""
    return next((state for start, state in _WORDS if word.upper().startswith(start)), MessageState.UNKNOWN)


def _has_receipt(tlvs: Tlvs) -> bool:
    return tlv.RECEIPTED_MESSAGE_ID in tlvs and tlv.MESSAGE_STATE in tlvs


def _octets(body: ShortMessage | DataMessage) -> bytes:
    """§5.3.2.32: message_payload, or short_message, never both."""
    if isinstance(body, ShortMessage) and body.short_message:
        return body.short_message
    return body.tlvs.get(tlv.MESSAGE_PAYLOAD, b"")


def _read_receipt(body: ShortMessage | DataMessage, style: ReadingStyle) -> DeliveredReceipt:
    octets = _octets(body)
    if body.esm_class & UDH_INDICATOR:
        _, octets = split_user_data(octets)
    written = parse_receipt_text(_whole(decode_text(octets, body.data_coding, style)))
    message_id = _c_octets(body.tlvs.get(tlv.RECEIPTED_MESSAGE_ID)) or (written.id if written else None)
    if not message_id:
        raise WireError("a delivery receipt without the identifier of its message")
    if len(message_id) > _LONGEST_ID or not message_id.isprintable():
        raise WireError("a delivery receipt with an identifier that cannot be one: too long, or not printable")
    return DeliveredReceipt(
        message_id,
        _state(body, written),
        error=written.error if written else None,
        network_error=_network_error(body.tlvs.get(tlv.NETWORK_ERROR_CODE)),
        done_date=written.done_date if written else None,
    )


def _state(body: ShortMessage | DataMessage, written: ReceiptText | None) -> MessageState:
    number = read_number(body.tlvs.get(tlv.MESSAGE_STATE))
    if number is not None and number in MessageState.__members__.values():
        return MessageState(number)
    if written is not None:
        return state_of_word(written.status)
    if body.esm_class & _MESSAGE_TYPE == _INTERMEDIATE_NOTIFICATION:
        return MessageState.ENROUTE
    return MessageState.UNKNOWN


def _c_octets(value: bytes | None) -> str:
    return value.split(b"\0", 1)[0].decode("latin-1").strip() if value else ""


def _network_error(value: bytes | None) -> tuple[int, int] | None:
    """§5.3.2.31: the network's type, then its code."""
    return (value[0], int.from_bytes(value[1:], "big")) if value and len(value) == 3 else None


def _sar_part(tlvs: Tlvs) -> Concatenation | None:
    """§5.3.2.22 to 24; None unless all three are there and right."""
    reference = read_number(tlvs.get(tlv.SAR_MSG_REF_NUM))
    total = read_number(tlvs.get(tlv.SAR_TOTAL_SEGMENTS))
    number = read_number(tlvs.get(tlv.SAR_SEGMENT_SEQNUM))
    if reference is None or total is None or number is None or not 1 <= number <= total <= 255:
        return None
    return Concatenation(reference & 0xFFFF, number, total, is_wide=True)


def _number(address: Address) -> str:
    digits = address.digits.strip()
    is_whole = digits.isascii() and digits.isdigit() and len(digits) >= _SHORTEST_NUMBER
    return f"+{digits}" if address.ton == _TON_INTERNATIONAL and is_whole else digits


#: §5.2.19: the values that are no GSM coding groups.
_CHARSETS = {
    1: "ascii", 2: "latin-1", 3: "latin-1", 4: "latin-1", 5: "shift_jis", 6: "iso8859-5", 7: "iso8859-8",
    8: "utf-16-be", 10: "iso2022_jp", 13: "euc_jp", 14: "euc_kr",
}  # fmt: skip
_OF_GSM_GROUP = ("gsm7", "latin-1", "utf-16-be", "gsm7")


def _charset(data_coding: int, style: ReadingStyle) -> str:
    if data_coding == style.ucs2_data_coding:
        return "utf-16-be"
    if data_coding in (style.gsm7_data_coding, 0):
        return "gsm7" if style.default_charset == "gsm7" else "latin-1"
    if data_coding in _CHARSETS:
        return _CHARSETS[data_coding]
    return _gsm_group(data_coding)


def _gsm_group(data_coding: int) -> str:
    """The alphabet of a coding group of 3GPP TS 23.038 §4, which GSM carriers put here."""
    if data_coding >= 0xF0:
        return "latin-1" if data_coding & 0x04 else "gsm7"
    if data_coding >= 0xE0:
        return "utf-16-be"
    return _OF_GSM_GROUP[data_coding >> 2 & 0x03] if 0x10 <= data_coding < 0x80 else "gsm7"
