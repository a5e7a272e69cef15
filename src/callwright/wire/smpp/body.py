"""What PDUs of SMPP 3.4 carry (§4), as values."""

from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import TypeAlias

from callwright.wire.smpp.tlv import Tlvs

#: Added to a request's command_id, gives its response's (§5.1.2.1).
RESPONSE = 0x80000000
INTERFACE_VERSION = 0x34

NO_TLVS: Tlvs = MappingProxyType({})


def _no_tlvs() -> Tlvs:
    """As a factory: dataclasses take the view for mutable before Python 3.12, where it has no hash."""
    return NO_TLVS


class Command(IntEnum):
    """command_id of requests, and of the responses that have a name of their own."""

    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x00000001
    BIND_TRANSMITTER = 0x00000002
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    BIND_TRANSCEIVER = 0x00000009
    OUTBIND = 0x0000000B
    ENQUIRE_LINK = 0x00000015
    ALERT_NOTIFICATION = 0x00000102
    DATA_SM = 0x00000103


@dataclass(frozen=True, slots=True)
class Bind:
    """Body of the three binds (§4.1.1)."""

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    interface_version: int = INTERFACE_VERSION
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


@dataclass(frozen=True, slots=True)
class BindResponse:
    """Body of their responses (§4.1.2)."""

    system_id: str = ""
    tlvs: Tlvs = field(default_factory=_no_tlvs)


@dataclass(frozen=True, slots=True)
class Address:
    """A type of number, a numbering plan and the digits (or letters)."""

    ton: int = 0
    npi: int = 0
    digits: str = ""


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """Body of submit_sm and deliver_sm (§4.4.1, §4.6.1)."""

    source: Address
    destination: Address
    short_message: bytes = b""
    service_type: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    tlvs: Tlvs = field(default_factory=_no_tlvs)


@dataclass(frozen=True, slots=True)
class DataMessage:
    """Body of data_sm (§4.7.1); its text is the TLV message_payload."""

    source: Address
    destination: Address
    service_type: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0
    tlvs: Tlvs = field(default_factory=_no_tlvs)


@dataclass(frozen=True, slots=True)
class MessageId:
    """Body of the responses to submit_sm, deliver_sm and data_sm (§4.4.2, §4.6.2, §4.7.2)."""

    message_id: str = ""
    tlvs: Tlvs = field(default_factory=_no_tlvs)


@dataclass(frozen=True, slots=True)
class Alert:
    """Body of alert_notification (§4.12.1)."""

    source: Address
    esme: Address
    tlvs: Tlvs = field(default_factory=_no_tlvs)


@dataclass(frozen=True, slots=True)
class Outbind:
    """Body of outbind (§4.1.7)."""

    system_id: str
    password: str = field(repr=False)


Body: TypeAlias = Bind | BindResponse | ShortMessage | DataMessage | MessageId | Alert | Outbind
