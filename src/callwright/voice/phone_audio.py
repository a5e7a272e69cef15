"""The audio of a phone: RTP on a UDP socket of its own, paced at 20 ms, and what was heard."""

import asyncio
import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from callwright.voice.phone_recording import SILENCE_DBFS, Recording
from callwright.voice.transport import Address, is_sendable
from callwright.wire.codec import Codec, Samples, all_codecs, find_codec
from callwright.wire.dtmf import DigitDecoder, EventPacket, plan_digits
from callwright.wire.error import WireError
from callwright.wire.rtp import Reception, RtpPacket, parse_rtp
from callwright.wire.sdp import LocalAudio, Negotiated, accept_answer, answer_offer, build_offer

_PTIME_S = 0.02
_FRAME_SAMPLES = 160
_HIGHEST_TIMESTAMP = 0xFFFFFFFF
#: After a stop of the machine the lost frames are left out rather than sent all at once.
_LONGEST_CATCH_UP_S = 0.2
_SILENT_AFTER_S = 0.2


@dataclass
class AudioStatistics:
    """What went over the wire. `longest_gap_ms` is between two packets that followed one another."""

    packets_sent: int = 0
    packets_received: int = 0
    packets_lost: int = 0
    longest_gap_ms: float = 0.0
    packets_refused: int = 0


class PhoneAudio(asyncio.DatagramProtocol):
    """One call's audio. Sends silence, sounds and digits; everything received is in `recording`."""

    def __init__(self) -> None:
        self.recording = Recording()
        #: Keys the peer dialled (RFC 4733), in order.
        self.digits_heard = ""
        self._digits = DigitDecoder()
        self._reception = Reception()
        self._statistics = AudioStatistics()
        self._decoders = {codec.payload_type: codec for codec in all_codecs()}
        self._last_arrival_s: float | None = None
        self._socket: asyncio.DatagramTransport | None = None
        self._sender: asyncio.Task[None] | None = None
        self._plan: Iterator[EventPacket | None] | None = None
        self._plan_done: asyncio.Future[None] | None = None
        self._sounds: deque[Samples] = deque()
        self._agreed: Negotiated | None = None
        self._local: LocalAudio | None = None
        self._sequence = secrets.randbelow(1 << 16)
        self._timestamp = secrets.randbelow(1 << 32)
        self._ssrc = secrets.randbelow(1 << 32)

    async def open(self, host: str) -> None:
        """Bind a port on that address. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._socket, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        port = int(self._socket.get_extra_info("sockname")[1])
        self._local = LocalAudio(host, port, secrets.randbelow(1 << 31))

    @property
    def local(self) -> LocalAudio:
        if self._local is None:
            raise RuntimeError("the audio is not open")
        return self._local

    @property
    def statistics(self) -> AudioStatistics:
        """Counts up to now."""
        self._statistics.packets_lost = self._reception.lost
        self._statistics.packets_received = self._reception.received
        return self._statistics

    @property
    def level_dbfs(self) -> float:
        """Loudness of the last 100 ms heard; -96 for silence, also when nothing arrives any more."""
        if self._last_arrival_s is None or _now_s() - self._last_arrival_s > _SILENT_AFTER_S:
            return SILENCE_DBFS
        return self.recording.level_dbfs()

    def offer(self) -> str:
        """Our SDP offer."""
        return build_offer(self.local)

    def accept(self, answer: str) -> None:
        """Take the peer's answer and start sending. Raises WireError."""
        self._connect(accept_answer(answer, self.local))

    def answer(self, offer: str) -> str:
        """Answer the peer's offer, at first and again later, and start sending. Raises WireError."""
        agreed = answer_offer(offer, self.local)
        self._connect(agreed)
        return agreed.answer

    def play(self, samples: Samples) -> None:
        """Send these samples (8 kHz) after what is queued already."""
        self._sounds.extend(
            samples[start : start + _FRAME_SAMPLES]
            for start in range(0, len(samples) // _FRAME_SAMPLES * _FRAME_SAMPLES, _FRAME_SAMPLES)
        )

    async def send_digits(self, digits: str) -> None:
        """Dial as RFC 4733 events; `w` waits 0.5 s, `W` 1 s. Returns when all is sent.

        Raises WireError for other characters, or when the peer takes no events.
        """
        if self._agreed is None or self._agreed.dtmf_payload_type is None:
            raise WireError("the peer takes no telephone events")
        while self._plan_done is not None:
            await asyncio.wait([self._plan_done])
        # A generator raises at its first step: take that one now.
        self._plan = iter(list(plan_digits(digits)))
        done = self._plan_done = asyncio.get_running_loop().create_future()
        await asyncio.shield(done)

    async def close(self) -> None:
        """Stop sending and free the port. Safe to call twice."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.wait([self._sender])
            self._sender = None
        self._finish_plan()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        try:
            packet = parse_rtp(data)
            self._take(packet)
        except WireError:
            self._statistics.packets_refused += 1

    def error_received(self, exc: Exception) -> None:
        """The peer's port is closed: the SIP side tells whether the call is over."""

    def _take(self, packet: RtpPacket) -> None:
        arrival_s = _now_s()
        if self._last_arrival_s is not None:
            gap_ms = (arrival_s - self._last_arrival_s) * 1000
            self._statistics.longest_gap_ms = max(self._statistics.longest_gap_ms, gap_ms)
        self._last_arrival_s = arrival_s
        self._reception.count(packet.sequence, packet.timestamp, int(arrival_s * 8000))
        codec = self._decoders.get(packet.payload_type)
        if codec is not None:
            self.recording.add(packet.ssrc, packet.timestamp, codec.decode(packet.payload))
        elif packet.payload_type in self._dtmf_payload_types:
            self.digits_heard += self._digits.receive(packet.timestamp, packet.payload) or ""

    @property
    def _dtmf_payload_types(self) -> set[int | None]:
        """Each side names the number it wants to get; some send by the other's, which is as clear."""
        return {self.local.dtmf_payload_type, self._agreed.dtmf_payload_type if self._agreed else None}

    def _connect(self, agreed: Negotiated) -> None:
        remote, version = agreed.remote, 6 if ":" in self.local.host else 4
        if agreed.sends and not is_sendable(remote.host, remote.port, version):
            raise WireError(f"{remote.host}:{remote.port} is no address audio can be sent to from here")
        self._agreed = agreed
        if self._sender is None:
            self._sender = asyncio.get_running_loop().create_task(self._send_on_time(), name="phone audio")

    async def _send_on_time(self) -> None:
        due_s = _now_s()
        while True:
            self._send_frame()
            due_s += _PTIME_S
            late_s = _now_s() - due_s
            if late_s > _LONGEST_CATCH_UP_S:
                due_s += late_s
            await asyncio.sleep(max(0.0, due_s - _now_s()))

    def _send_frame(self) -> None:
        agreed = self._agreed
        if agreed is not None and agreed.sends:
            codec = find_codec(agreed.codec)
            event = self._next_event()
            if event is not None and agreed.dtmf_payload_type is not None:
                timestamp = (self._timestamp - event.offset) & _HIGHEST_TIMESTAMP
                self._send(agreed, agreed.dtmf_payload_type, timestamp, event.payload, marker=event.marker)
            else:
                self._send(agreed, agreed.payload_type, self._timestamp, self._frame(codec), marker=False)
        self._timestamp = (self._timestamp + _FRAME_SAMPLES) & _HIGHEST_TIMESTAMP

    def _next_event(self) -> EventPacket | None:
        if self._plan is None:
            return None
        try:
            return next(self._plan)
        except StopIteration:
            self._finish_plan()
            return None

    def _finish_plan(self) -> None:
        self._plan = None
        if self._plan_done is not None and not self._plan_done.done():
            self._plan_done.set_result(None)
        self._plan_done = None

    def _frame(self, codec: Codec) -> bytes:
        return codec.encode(self._sounds.popleft()) if self._sounds else codec.silence * _FRAME_SAMPLES

    def _send(self, agreed: Negotiated, payload_type: int, timestamp: int, payload: bytes, *, marker: bool) -> None:
        packet = RtpPacket(payload_type, self._sequence, timestamp, self._ssrc, payload, marker)
        self._sequence = (self._sequence + 1) & 0xFFFF
        target: Address = (agreed.remote.host, agreed.remote.port)
        if self._socket is not None and not self._socket.is_closing():
            self._socket.sendto(packet.serialise(), target)
            self._statistics.packets_sent += 1


def _now_s() -> float:
    return asyncio.get_running_loop().time()
