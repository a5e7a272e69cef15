"""The far end of a leg: a plain UDP socket that keeps what it hears and says what it is told."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import cast

import numpy as np
import numpy.typing as npt

from callwright.wire.codec import find_codec
from callwright.wire.dtmf import DigitDecoder, TelephoneEvent
from callwright.wire.rtp import RtpPacket, parse_rtp

PATIENCE_S = 30.0
EVENT_TYPE = 101


class RtpPeer(asyncio.DatagramProtocol):
    """Open it with `await RtpPeer.open()`; `packets` are all that came, in order of arrival."""

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []
        self._transport: asyncio.DatagramTransport
        self._arrived = asyncio.Event()

    @classmethod
    async def open(cls, host: str = "127.0.0.1") -> "RtpPeer":
        _, peer = await asyncio.get_running_loop().create_datagram_endpoint(cls, local_addr=(host, 0))
        return peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _address: object) -> None:
        self.packets.append(parse_rtp(data))
        self._arrived.set()

    def close(self) -> None:
        self._transport.close()

    @property
    def port(self) -> int:
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    async def until(self, is_so: Callable[[list[RtpPacket]], bool]) -> None:
        """Wait until the packets heard so far are as told."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so(self.packets):
                self._arrived.clear()
                await self._arrived.wait()

    async def hears(self, count: int) -> list[RtpPacket]:
        """The next `count` packets from now on."""
        start = len(self.packets)
        await self.until(lambda packets: len(packets) >= start + count)
        return self.packets[start : start + count]

    def send(self, data: bytes, port: int) -> None:
        host = self._transport.get_extra_info("sockname")[0]
        self._transport.sendto(data, ("127.0.0.1" if host.startswith("127.") else host, port))

    def say(self, port: int, count: int = 1, payload_type: int = 0, start: int = 0) -> None:
        """Send silence."""
        for index in range(start, start + count):
            self.send(RtpPacket(payload_type, index % 65536, index * 160, 77, b"\xff" * 160).serialise(), port)

    def heard_digits(self) -> str:
        decoder = DigitDecoder()
        events = (packet for packet in self.packets if packet.payload_type == EVENT_TYPE)
        return "".join(decoder.receive(packet.timestamp, packet.payload) or "" for packet in events)


def key_packets(key_code: int, sequence: int, timestamp: int) -> list[bytes]:
    """A key press of 100 ms as a phone sends it: four packets and three ends."""
    packets = []
    for index in range(7):
        event = TelephoneEvent(key_code, index >= 4, 10, min(index + 1, 5) * 160)
        packet = RtpPacket(EVENT_TYPE, sequence + index, timestamp, 77, event.serialise(), index == 0)
        packets.append(packet.serialise())
    return packets


def samples_of(packets: list[RtpPacket], codec: str) -> npt.NDArray[np.int16]:
    return find_codec(codec).decode(b"".join(packet.payload for packet in packets))


def strongest_hz(samples: npt.NDArray[np.int16]) -> float:
    spectrum = np.abs(np.fft.rfft(samples.astype(float)))
    return float(np.argmax(spectrum)) * 8000 / len(samples)


def steps(packets: list[RtpPacket]) -> Iterator[tuple[int, int]]:
    """How sequence and timestamp go on from packet to packet."""
    for before, after in pairwise(packets):
        yield (after.sequence - before.sequence) % 65536, (after.timestamp - before.timestamp) % 2**32
