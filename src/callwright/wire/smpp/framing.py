"""Cuts a stream of octets into PDUs (SMPP 3.4 §3.2: command_length counts itself)."""

from callwright.wire.smpp.errors import FramingLost

HEADER_LENGTH = 16
#: A message_payload of 64 kB and everything else a PDU may hold fit; more is an attack or a lost place.
LONGEST_PDU = 80_000


class Splitter:
    """Feed what arrives, take whole PDUs until there are none. Never holds more than one PDU and one feed."""

    def __init__(self, longest: int = LONGEST_PDU) -> None:
        self._longest = longest
        self._data = bytearray()
        self._position = 0

    def feed(self, data: bytes) -> None:
        if self._position:
            del self._data[: self._position]
            self._position = 0
        self._data += data

    def next_pdu(self) -> bytes | None:
        """The next whole PDU, or None until more is fed. Raises FramingLost, and from then on always."""
        start = self._position
        available = len(self._data) - start
        if available < 4:
            return None
        length = int.from_bytes(self._data[start : start + 4], "big")
        if not HEADER_LENGTH <= length <= self._longest:
            raise FramingLost(f"a command_length of {length}: it is {HEADER_LENGTH} to {self._longest}")
        if available < length:
            return None
        self._position = start + length
        return bytes(self._data[start : self._position])
