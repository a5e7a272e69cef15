"""Optional parameters of SMPP (3.4 §5.3): tag, length, value."""

import struct
from collections.abc import Mapping

#: §5.3.2: those that are read or written here.
RECEIPTED_MESSAGE_ID = 0x001E
SAR_MSG_REF_NUM = 0x020C
SAR_TOTAL_SEGMENTS = 0x020E
SAR_SEGMENT_SEQNUM = 0x020F
NETWORK_ERROR_CODE = 0x0423
MESSAGE_PAYLOAD = 0x0424
MESSAGE_STATE = 0x0427

_HEAD = struct.Struct("!HH")
#: A value's length is a 16-bit number.
LONGEST_VALUE = 0xFFFF

Tlvs = Mapping[int, bytes]


def write_tlvs(tlvs: Tlvs) -> bytes:
    """As on the wire. Values are at most LONGEST_VALUE octets (struct.error otherwise: a fault of ours)."""
    return b"".join(_HEAD.pack(tag, len(value)) + value for tag, value in tlvs.items())


def read_tlvs(data: bytes, start: int) -> dict[int, bytes]:
    """All from `start` to the end, unknown ones too; of a repeated tag the last. Raises ValueError when cut off."""
    tlvs = {}
    end = len(data)
    while start < end:
        if start + 4 > end:
            raise ValueError(f"{end - start} octets after the last optional parameter")
        tag, length = _HEAD.unpack_from(data, start)
        start += 4
        if start + length > end:
            raise ValueError(f"optional parameter 0x{tag:04x} of {length} octets in a rest of {end - start}")
        tlvs[tag] = data[start : start + length]
        start += length
    return tlvs


def read_number(value: bytes | None) -> int | None:
    """The number a value holds, big-endian; None when there is none."""
    return int.from_bytes(value, "big") if value else None
