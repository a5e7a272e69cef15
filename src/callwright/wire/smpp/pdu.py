"""PDUs of SMPP 3.4 (§3.2, §4) as values and as octets."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from callwright.wire.smpp.body import (
    NO_TLVS,
    RESPONSE,
    Address,
    Alert,
    Bind,
    BindResponse,
    Body,
    Command,
    DataMessage,
    MessageId,
    Outbind,
    ShortMessage,
)
from callwright.wire.smpp.command_status import RINVCMDID, RINVCMDLEN, RINVMSGLEN, RINVOPTPARSTREAM
from callwright.wire.smpp.errors import CannotBeSent, MalformedPdu
from callwright.wire.smpp.framing import HEADER_LENGTH, LONGEST_PDU
from callwright.wire.smpp.tlv import LONGEST_VALUE, Tlvs, read_tlvs, write_tlvs

#: Octets that sm_length can count and §4.4.1 allows.
LONGEST_SHORT_MESSAGE = 254

_HEADER = struct.Struct("!IIII")
#: Identifiers in responses are 65 octets by §4.4.2; carriers write longer ones, and refusing one loses a message.
_LONGEST_MESSAGE_ID = 255


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU. `command_id` is a Command, or one plus RESPONSE; `body` is None where it has none."""

    command_id: int
    sequence_number: int
    command_status: int = 0
    body: Body | None = None

    @property
    def is_response(self) -> bool:
        return self.command_id >= RESPONSE


def encode(pdu: Pdu) -> bytes:
    """The PDU as on the wire. Raises CannotBeSent naming the field that does not fit."""
    body = b"" if pdu.body is None else _WRITERS[type(pdu.body)](pdu.body)
    length = HEADER_LENGTH + len(body)
    if length > LONGEST_PDU:
        raise CannotBeSent(f"a PDU of {length} octets: {LONGEST_PDU} is the most")
    return _HEADER.pack(length, pdu.command_id, pdu.command_status, pdu.sequence_number) + body


def decode(data: bytes) -> Pdu:
    """Read one whole PDU, as the splitter cuts it. Raises MalformedPdu; a command not known is one too."""
    if len(data) < HEADER_LENGTH:
        raise MalformedPdu(f"a PDU of {len(data)} octets has no header", 0, 0, 0, RINVCMDLEN)
    _, command_id, status, sequence_number = _HEADER.unpack_from(data)
    reader = _READERS.get(command_id)
    try:
        if reader is None:
            raise _Wrong(f"command 0x{command_id:08x} is not known", RINVCMDID)
        return Pdu(command_id, sequence_number, status, reader(data))
    except _Wrong as wrong:
        raise MalformedPdu(str(wrong), command_id, status, sequence_number, wrong.status) from None


class _Wrong(Exception):
    def __init__(self, text: str, status: int = RINVCMDLEN) -> None:
        super().__init__(text)
        self.status = status


# Writing


def _text(value: str, size: int, name: str) -> bytes:
    """A C-Octet String (§3.1) of at most `size` octets, the final NUL included."""
    try:
        octets = value.encode("latin-1")
    except UnicodeEncodeError:
        raise CannotBeSent(f"{name} {value!r} has characters that SMPP cannot carry") from None
    if len(octets) >= size:
        raise CannotBeSent(f"{name} {value!r} is longer than {size - 1} characters")
    if b"\0" in octets:
        raise CannotBeSent(f"{name} contains a NUL")
    return octets + b"\0"


def _octets(name: str, *values: int) -> bytes:
    try:
        return bytes(values)
    except ValueError:
        raise CannotBeSent(f"{name}: one of {values} is not 0 to 255") from None


def _optional(tlvs: Tlvs) -> bytes:
    if not tlvs:
        return b""
    for tag, value in tlvs.items():
        if not 0 <= tag <= 0xFFFF or len(value) > LONGEST_VALUE:
            raise CannotBeSent(f"optional parameter 0x{tag:04x} of {len(value)} octets")
    return write_tlvs(tlvs)


def _address(address: Address, size: int, name: str) -> bytes:
    return _octets(name, address.ton, address.npi) + _text(address.digits, size, name)


def _write_bind(body: Bind) -> bytes:
    return b"".join(
        (
            _text(body.system_id, 16, "system_id"),
            # §4.1.1 says 9; carriers hand out longer ones, and one that is too long is their refusal to make.
            _text(body.password, 65, "password"),
            _text(body.system_type, 13, "system_type"),
            _octets("bind", body.interface_version, body.addr_ton, body.addr_npi),
            _text(body.address_range, 41, "address_range"),
        )
    )


def _write_bind_response(body: BindResponse) -> bytes:
    return _text(body.system_id, 16, "system_id") + _optional(body.tlvs)


def _write_short_message(body: ShortMessage) -> bytes:
    text = body.short_message
    if len(text) > LONGEST_SHORT_MESSAGE:
        raise CannotBeSent(f"short_message of {len(text)} octets: {LONGEST_SHORT_MESSAGE} is the most")
    return b"".join(
        (
            _text(body.service_type, 6, "service_type"),
            _address(body.source, 21, "source_addr"),
            _address(body.destination, 21, "destination_addr"),
            _octets("esm_class", body.esm_class, body.protocol_id, body.priority_flag),
            _text(body.schedule_delivery_time, 17, "schedule_delivery_time"),
            _text(body.validity_period, 17, "validity_period"),
            _octets("data_coding", body.registered_delivery, body.replace_if_present, body.data_coding),
            _octets("sm_default_msg_id", body.sm_default_msg_id, len(text)),
            text,
            _optional(body.tlvs),
        )
    )


def _write_data_message(body: DataMessage) -> bytes:
    return b"".join(
        (
            _text(body.service_type, 6, "service_type"),
            _address(body.source, 65, "source_addr"),
            _address(body.destination, 65, "destination_addr"),
            _octets("data_coding", body.esm_class, body.registered_delivery, body.data_coding),
            _optional(body.tlvs),
        )
    )


def _write_message_id(body: MessageId) -> bytes:
    return _text(body.message_id, _LONGEST_MESSAGE_ID + 1, "message_id") + _optional(body.tlvs)


def _write_alert(body: Alert) -> bytes:
    return _address(body.source, 65, "source_addr") + _address(body.esme, 65, "esme_addr") + _optional(body.tlvs)


def _write_outbind(body: Outbind) -> bytes:
    return _text(body.system_id, 16, "system_id") + _text(body.password, 65, "password")


_WRITERS: Mapping[type, Callable[..., bytes]] = {
    Bind: _write_bind,
    BindResponse: _write_bind_response,
    ShortMessage: _write_short_message,
    DataMessage: _write_data_message,
    MessageId: _write_message_id,
    Alert: _write_alert,
    Outbind: _write_outbind,
}

# Reading


class _Reader:
    """Takes one field after the other; raises _Wrong naming the field that is not there."""

    __slots__ = ("data", "position")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = HEADER_LENGTH

    def text(self, size: int, name: str) -> str:
        end = self.data.find(b"\0", self.position, self.position + size)
        if end < 0:
            raise _Wrong(f"{name} does not end within {size} octets")
        octets = self.data[self.position : end]
        self.position = end + 1
        return octets.decode("latin-1")

    def octets(self, count: int, name: str) -> bytes:
        end = self.position + count
        if end > len(self.data):
            raise _Wrong(f"the PDU ends before {name}")
        octets = self.data[self.position : end]
        self.position = end
        return octets

    def address(self, size: int, name: str) -> Address:
        ton, npi = self.octets(2, name)
        return Address(ton, npi, self.text(size, name))

    def tlvs(self) -> Tlvs:
        if self.position >= len(self.data):
            return NO_TLVS
        try:
            return read_tlvs(self.data, self.position)
        except ValueError as error:
            raise _Wrong(str(error), RINVOPTPARSTREAM) from None


def _read_bind(data: bytes) -> Bind:
    fields = _Reader(data)
    system_id = fields.text(16, "system_id")
    password = fields.text(65, "password")
    system_type = fields.text(13, "system_type")
    version, ton, npi = fields.octets(3, "interface_version")
    return Bind(system_id, password, system_type, version, ton, npi, fields.text(41, "address_range"))


def _read_bind_response(data: bytes) -> BindResponse | None:
    if len(data) == HEADER_LENGTH:  # as a refusal usually comes
        return None
    fields = _Reader(data)
    return BindResponse(fields.text(_LONGEST_MESSAGE_ID, "system_id"), fields.tlvs())


def _read_short_message(data: bytes) -> ShortMessage:
    fields = _Reader(data)
    service_type = fields.text(6, "service_type")
    source = fields.address(21, "source_addr")
    destination = fields.address(21, "destination_addr")
    esm_class, protocol_id, priority_flag = fields.octets(3, "esm_class")
    schedule = fields.text(17, "schedule_delivery_time")
    validity = fields.text(17, "validity_period")
    registered, replace, coding, default_id, length = fields.octets(5, "sm_length")
    if fields.position + length > len(data):
        raise _Wrong(f"sm_length is {length}, and {len(data) - fields.position} octets are left", RINVMSGLEN)
    text = fields.octets(length, "short_message")
    return ShortMessage(
        source, destination, text, service_type, esm_class, protocol_id, priority_flag, schedule, validity,
        registered, replace, coding, default_id, fields.tlvs(),
    )  # fmt: skip


def _read_data_message(data: bytes) -> DataMessage:
    fields = _Reader(data)
    service_type = fields.text(6, "service_type")
    source = fields.address(65, "source_addr")
    destination = fields.address(65, "destination_addr")
    esm_class, registered, coding = fields.octets(3, "data_coding")
    return DataMessage(source, destination, service_type, esm_class, registered, coding, fields.tlvs())


def _read_message_id(data: bytes) -> MessageId | None:
    """The identifier, also when its NUL is missing; there is no body in many a refusal."""
    if len(data) == HEADER_LENGTH:
        return None
    end = data.find(b"\0", HEADER_LENGTH)
    end = len(data) if end < 0 else end
    if end - HEADER_LENGTH > _LONGEST_MESSAGE_ID:
        raise _Wrong(f"message_id of {end - HEADER_LENGTH} octets")
    fields = _Reader(data)
    fields.position = end + 1
    return MessageId(data[HEADER_LENGTH:end].decode("latin-1"), fields.tlvs())


def _read_alert(data: bytes) -> Alert:
    fields = _Reader(data)
    return Alert(fields.address(65, "source_addr"), fields.address(65, "esme_addr"), fields.tlvs())


def _read_outbind(data: bytes) -> Outbind:
    fields = _Reader(data)
    return Outbind(fields.text(16, "system_id"), fields.text(65, "password"))


def _read_nothing(data: bytes) -> None:
    """Bodies of enquire_link and the like are empty; what some peers put there means nothing."""


_READERS: Mapping[int, Callable[[bytes], Body | None]] = {
    **dict.fromkeys((Command.BIND_RECEIVER, Command.BIND_TRANSMITTER, Command.BIND_TRANSCEIVER), _read_bind),
    Command.BIND_RECEIVER | RESPONSE: _read_bind_response,
    Command.BIND_TRANSMITTER | RESPONSE: _read_bind_response,
    Command.BIND_TRANSCEIVER | RESPONSE: _read_bind_response,
    Command.SUBMIT_SM: _read_short_message,
    Command.DELIVER_SM: _read_short_message,
    Command.DATA_SM: _read_data_message,
    Command.SUBMIT_SM | RESPONSE: _read_message_id,
    Command.DELIVER_SM | RESPONSE: _read_message_id,
    Command.DATA_SM | RESPONSE: _read_message_id,
    Command.ALERT_NOTIFICATION: _read_alert,
    Command.OUTBIND: _read_outbind,
    **dict.fromkeys((Command.UNBIND, Command.ENQUIRE_LINK, Command.GENERIC_NACK), _read_nothing),
    Command.UNBIND | RESPONSE: _read_nothing,
    Command.ENQUIRE_LINK | RESPONSE: _read_nothing,
}
