"""How a text becomes submit_sm PDUs: alphabets, long messages, addresses, validity (SMPP 3.4 §5.2)."""

from dataclasses import dataclass
from typing import Literal

from callwright.wire.smpp import tlv
from callwright.wire.smpp.body import NO_TLVS, Address, ShortMessage
from callwright.wire.smpp.errors import CannotBeSent
from callwright.wire.smpp.tlv import Tlvs
from callwright.wire.sms import gsm7
from callwright.wire.sms.segments import segment
from callwright.wire.sms.user_data import Concatenation, UserDataHeader, serialise_header

#: esm_class: short_message begins with a user data header (§5.2.12).
UDH_INDICATOR = 0x40
#: What a user data header and sar_total_segments can count.
MOST_PARTS = 255

_TON_INTERNATIONAL = 1
_NPI_ISDN = 1
_TON_ALPHANUMERIC = 5
_LONGEST_SHORT_CODE = 8
#: 70 code units of UCS-2 fit into 140 octets, 67 beside a header.
_UNITS, _UNITS_OF_PART = 70, 67
_RECEIPT_WANTED = 1
_LONGEST_VALIDITY_S = 31 * 86_400


@dataclass(frozen=True)
class SubmitStyle:
    """How a carrier wants messages; the fields are as in the settings of SMPP carriers."""

    default_charset: Literal["gsm7", "latin1"] = "gsm7"
    gsm7_data_coding: int = 0
    ucs2_data_coding: int = 8
    long_messages: Literal["udh", "sar", "payload"] = "udh"
    receipts: bool = True
    validity_period: bool = True
    service_type: str = ""
    keep_plus: bool = False
    source_ton: int | None = None
    source_npi: int | None = None
    dest_ton: int | None = None
    dest_npi: int | None = None
    short_code_ton: int = 3
    short_code_npi: int = 0


def submissions(
    style: SubmitStyle, source: str, destination: str, text: str, *, reference: int, remaining_s: float
) -> tuple[ShortMessage, ...]:
    """The bodies of the submit_sm PDUs for a text, in order.

    `reference` tells the parts of this message from those of others (16 bits; a user data header keeps 8 of them).
    `remaining_s` is how long delivering it is of use. Raises CannotBeSent.
    """
    data_coding, parts = _octets_of(style, text)
    from_ = address_of(style, source, style.source_ton, style.source_npi)
    to = address_of(style, destination, style.dest_ton, style.dest_npi)
    validity = relative_time(remaining_s) if style.validity_period else ""
    registered = _RECEIPT_WANTED if style.receipts else 0

    def body(octets: bytes, esm_class: int = 0, tlvs: Tlvs = NO_TLVS) -> ShortMessage:
        return ShortMessage(
            from_, to, octets, style.service_type, esm_class, validity_period=validity,
            registered_delivery=registered, data_coding=data_coding, tlvs=tlvs,
        )  # fmt: skip

    if len(parts) == 1:
        return (body(parts[0]),)
    if style.long_messages == "payload":
        return (body(b"", tlvs={tlv.MESSAGE_PAYLOAD: _payload(parts)}),)
    if len(parts) > MOST_PARTS:
        raise CannotBeSent(f"{len(parts)} parts: {MOST_PARTS} are the most a message can have")
    numbers = range(1, len(parts) + 1)
    if style.long_messages == "sar":
        return tuple(
            body(part, tlvs=_sar(reference, number, len(parts))) for number, part in zip(numbers, parts, strict=True)
        )
    return tuple(
        body(_header(reference, number, len(parts)) + part, UDH_INDICATOR)
        for number, part in zip(numbers, parts, strict=True)
    )


def address_of(style: SubmitStyle, number: str, ton: int | None = None, npi: int | None = None) -> Address:
    """A number or name with its type: international for E.164, the style's for short codes, else alphanumeric.

    `ton` and `npi` beat what is worked out (§5.2.5, §5.2.6).
    """
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        worked_out, shown = (_TON_ALPHANUMERIC, 0), number
    elif number == digits and len(digits) <= _LONGEST_SHORT_CODE:
        worked_out, shown = (style.short_code_ton, style.short_code_npi), digits
    else:
        worked_out, shown = (_TON_INTERNATIONAL, _NPI_ISDN), number if style.keep_plus else digits
    return Address(worked_out[0] if ton is None else ton, worked_out[1] if npi is None else npi, shown)


def relative_time(seconds: float) -> str:
    """A span as YYMMDDhhmmsstnnR, from a second to 31 days (§7.1.1.2)."""
    whole = min(max(int(seconds), 1), _LONGEST_VALIDITY_S)
    days, rest = divmod(whole, 86_400)
    return f"0000{days:02}{rest // 3600:02}{rest // 60 % 60:02}{rest % 60:02}000R"


def _octets_of(style: SubmitStyle, text: str) -> tuple[int, list[bytes]]:
    """data_coding and the parts in its alphabet."""
    segments = segment(text)
    if segments.encoding == "UCS-2":
        return style.ucs2_data_coding, [_ucs2(part) for part in segments.parts]
    if style.default_charset == "gsm7":
        return style.gsm7_data_coding, [gsm7.encode(part) for part in segments.parts]
    try:
        return style.gsm7_data_coding, [part.encode("latin-1") for part in segments.parts]
    except UnicodeEncodeError:  # GSM 7-bit has Greek capitals and the euro sign, Latin-1 has not
        return style.ucs2_data_coding, [_ucs2(part) for part in _ucs2_parts(text)]


def _ucs2_parts(text: str) -> list[str]:
    """Parts of a text of the GSM alphabet, each character of which is one code unit."""
    if len(text) <= _UNITS:
        return [text]
    return [text[start : start + _UNITS_OF_PART] for start in range(0, len(text), _UNITS_OF_PART)]


def _ucs2(part: str) -> bytes:
    # Half of a surrogate pair cannot come in by the API's UTF-8; "replace" would write one octet for it.
    return part.encode("utf-16-be", "surrogatepass")


def _payload(parts: list[bytes]) -> bytes:
    whole = b"".join(parts)
    if len(whole) > tlv.LONGEST_VALUE:
        raise CannotBeSent(f"a text of {len(whole)} octets: message_payload holds {tlv.LONGEST_VALUE}")
    return whole


def _sar(reference: int, number: int, total: int) -> Tlvs:
    return {
        tlv.SAR_MSG_REF_NUM: (reference & 0xFFFF).to_bytes(2, "big"),
        tlv.SAR_TOTAL_SEGMENTS: bytes([total]),
        tlv.SAR_SEGMENT_SEQNUM: bytes([number]),
    }


def _header(reference: int, number: int, total: int) -> bytes:
    return serialise_header(UserDataHeader(Concatenation(reference & 0xFF, number, total)))
