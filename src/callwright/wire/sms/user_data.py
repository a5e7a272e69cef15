"""User data headers (3GPP TS 23.040 §9.2.3.24): which part of a long message it is, and application ports."""

import struct
from dataclasses import dataclass

from callwright.wire.error import WireError

_CONCATENATION = 0x00
_CONCATENATION_WIDE = 0x08
_PORTS = 0x04
_PORTS_WIDE = 0x05
_LAYOUTS = {
    _CONCATENATION: struct.Struct("!BBB"),
    _CONCATENATION_WIDE: struct.Struct("!HBB"),
    _PORTS: struct.Struct("!BB"),
    _PORTS_WIDE: struct.Struct("!HH"),
}


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Which part: `reference` is the sender's (8 bits, or 16 if `is_wide`), `number` counts from 1 to `total`."""

    reference: int
    number: int
    total: int
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Ports:
    """The application a message is for (8 bits each, or 16 if `is_wide`)."""

    destination: int
    source: int
    is_wide: bool = True


@dataclass(frozen=True, slots=True)
class UserDataHeader:
    """What a header says; information elements other than these are skipped."""

    concatenation: Concatenation | None = None
    ports: Ports | None = None


def split_user_data(data: bytes) -> tuple[UserDataHeader, bytes]:
    """The header of user data that begins with one (SMPP: esm_class 0x40), and what follows it.

    Of elements that come twice the last counts (TS 23.040 §9.2.3.24). Raises WireError where lengths do not fit.
    """
    if not data or 1 + data[0] > len(data):
        raise WireError(f"the user data header is longer than the {len(data)} octets of user data")
    end = 1 + data[0]
    concatenation, ports = None, None
    position = 1
    while position < end:
        if position + 2 > end or position + 2 + data[position + 1] > end:
            raise WireError(f"the information element at octet {position} is longer than the user data header")
        identifier, length = data[position], data[position + 1]
        value = data[position + 2 : position + 2 + length]
        if identifier in (_CONCATENATION, _CONCATENATION_WIDE):
            concatenation = _concatenation(identifier, value) or concatenation
        elif identifier in (_PORTS, _PORTS_WIDE):
            destination, source = _values(identifier, value)
            ports = Ports(destination, source, is_wide=identifier == _PORTS_WIDE)
        position += 2 + length
    return UserDataHeader(concatenation, ports), data[end:]


def serialise_header(header: UserDataHeader) -> bytes:
    """The octets of a header, its length first. Raises WireError for numbers that do not fit their octets."""
    elements = b""
    if (part := header.concatenation) is not None:
        identifier = _CONCATENATION_WIDE if part.is_wide else _CONCATENATION
        elements += _element(identifier, part.reference, part.total, part.number)
    if (ports := header.ports) is not None:
        elements += _element(_PORTS_WIDE if ports.is_wide else _PORTS, ports.destination, ports.source)
    return bytes([len(elements)]) + elements


def _element(identifier: int, *values: int) -> bytes:
    layout = _LAYOUTS[identifier]
    try:
        return bytes([identifier, layout.size]) + layout.pack(*values)
    except struct.error:
        raise WireError(f"{values} do not fit the information element {identifier:#04x}") from None


def _values(identifier: int, value: bytes) -> tuple[int, ...]:
    layout = _LAYOUTS[identifier]
    if len(value) != layout.size:
        raise WireError(f"information element {identifier:#04x} has {layout.size} octets, not {len(value)}")
    return layout.unpack(value)


def _concatenation(identifier: int, value: bytes) -> Concatenation | None:
    """None for one that is to be ignored, as no such part can be (TS 23.040 §9.2.3.24.1)."""
    reference, total, number = _values(identifier, value)
    if not 1 <= number <= total:
        return None
    return Concatenation(reference, number, total, is_wide=identifier == _CONCATENATION_WIDE)
