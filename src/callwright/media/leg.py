"""One RTP stream pair inside the media process: what it sends, what it hears."""

import secrets
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

from callwright.media.latch import Address, Latch
from callwright.media.programme import Frame, Item, SendFormat
from callwright.media.tone_listener import ToneListener
from callwright.wire.dtmf import DigitDecoder, EventPacket
from callwright.wire.error import WireError
from callwright.wire.rtp import HEADER, VERSION_BITS, Reception, parse_rtp

_PATCH = struct.Struct("!HI")
_MARKER = 0x80
TICK_MS = 5
_SAMPLES_PER_TICK = 8 * TICK_MS

#: Tells whoever ordered: event name and arguments.
Tell = Callable[..., None]


class Leg:
    """Sends one packet each packet time from its source, and counts and decodes what the peer sends.

    The source is any iterator of frames; when it ends, the next item of the programme follows in the
    same packet time, or silence: a connected leg never leaves a gap, nor jumps in its timestamps.
    """

    __slots__ = (
        "_begun_at",
        "_buffer",
        "_current",
        "_decoder",
        "_is_first",
        "_is_sending",
        "_listener",
        "_peer_ssrc",
        "_queue",
        "_sequence",
        "_source",
        "_step",
        "_tell",
        "_timestamp",
        "form",
        "heard_tick",
        "is_silent",
        "latch",
        "port",
        "reception",
        "refused",
        "send_errors",
        "sent",
        "slot",
        "socket",
    )

    def __init__(self, bound: socket.socket, latch: Latch, tell: Tell, tick: int) -> None:
        self.socket = bound
        self.port: int = bound.getsockname()[1]
        self.latch = latch
        self.form: SendFormat | None = None
        #: Where the pacer keeps it; None while it is not connected.
        self.slot: list[Leg] | None = None
        self.heard_tick = tick
        self.is_silent = False
        self.reception = Reception()
        self.sent = self.send_errors = self.refused = 0
        self._tell = tell
        self._decoder = DigitDecoder()
        self._listener: ToneListener | None = None
        self._peer_ssrc = -1
        self._queue: deque[Item] = deque()
        self._current: Item | None = None
        self._source: Iterator[Frame] = iter(())
        self._is_sending = False
        # RFC 3550 §5.1: all three start at random.
        self._sequence = secrets.randbits(16)
        self._timestamp = self._begun_at = secrets.randbits(32)
        self._step = 0
        self._is_first = True
        self._buffer = bytearray(HEADER.pack(VERSION_BITS, 0, 0, 0, secrets.randbits(32)))

    # Orders ---------------------------------------------------------------------------------------

    def connect(self, host: str, port: int, form: SendFormat, is_sending: bool, tick: int) -> None:
        """Where to send and how; again after a re-INVITE: what is playing goes on from where it is."""
        self.latch.signal(host, port)
        if self.form is None:
            self.heard_tick = tick
        if form != self.form:
            self.form, self._step = form, form.frame_bytes
            self._buffer[1] = form.payload_type
            self._listener = ToneListener(form.codec) if form.dtmf_payload_type is None else None
            self._reopen(form)
        if is_sending and not self._is_sending:
            self._is_first = True
        self._is_sending = is_sending

    def add(self, item: Item) -> None:
        """Play this after all that was added before."""
        self._queue.append(item)
        if self._current is None:
            self._source = iter(())

    def stop(self, play_id: int) -> None:
        """Give that item up, playing or waiting; the next packet is of what follows it."""
        if self._current is not None and self._current.play_id == play_id:
            self._current = None
            self._source = iter(())
        else:
            self._queue = deque(item for item in self._queue if item.play_id != play_id)

    def give_up_current(self, reason: str) -> None:
        """What is playing cannot go on."""
        self._source = iter(())
        if self._current is not None:
            self._tell("failed", self._current.play_id, reason)
            self._current = None

    def statistics(self) -> dict[str, Any]:
        """Counters at the end; jitter in milliseconds, as exact as the tick."""
        return {
            "packets_sent": self.sent,
            "packets_received": self.reception.received,
            "packets_lost": self.reception.lost,
            "packets_refused": self.refused,
            "send_errors": self.send_errors,
            "jitter_ms": round(self.reception.jitter / 8, 2),
        }

    # Sending --------------------------------------------------------------------------------------

    def send_frame(self) -> None:
        """One packet; called each packet time. The hottest lines of all: 50 times a second and leg."""
        frame = next(self._source, None)
        if frame is None:
            frame = self._next_frame()
        timestamp = self._timestamp
        self._timestamp = (timestamp + self._step) & 0xFFFFFFFF
        if not self._is_sending:
            return
        if frame.__class__ is not bytes or self._is_first:
            self._send_marked(frame, timestamp)
            return
        buffer = self._buffer
        self._sequence = sequence = (self._sequence + 1) & 0xFFFF
        _PATCH.pack_into(buffer, 2, sequence, timestamp)
        buffer[12:] = frame
        try:
            self.socket.sendto(buffer, self.latch.target)  # type: ignore[arg-type]  # set when sending
            self.sent += 1
        except OSError:
            self.send_errors += 1

    def _send_marked(self, frame: Frame, timestamp: int) -> None:
        """A telephone event, or the first audio after a break."""
        packet = bytearray(self._buffer[:12])
        self._sequence = (self._sequence + 1) & 0xFFFF
        if isinstance(frame, EventPacket):
            packet[1] = self._dtmf_payload_type | (_MARKER if frame.marker else 0)
            timestamp = (timestamp - frame.offset) & 0xFFFFFFFF
            packet += frame.payload
        else:
            packet[1] |= _MARKER
            packet += frame
            self._is_first = False
        _PATCH.pack_into(packet, 2, self._sequence, timestamp)
        try:
            self.socket.sendto(packet, self.latch.target)  # type: ignore[arg-type]  # set when sending
            self.sent += 1
        except OSError:
            self.send_errors += 1

    @property
    def _dtmf_payload_type(self) -> int:
        form = self.form
        return form.dtmf_payload_type or 0 if form else 0

    def _next_frame(self) -> Frame:
        """The source ended: tell so, and go on with the next item that has a frame, or with silence."""
        form = self.form
        assert form is not None  # noqa: S101  # only connected legs are paced
        if self._current is not None:
            self._tell("finished", self._current.play_id)
            self._current = None
        while self._queue:
            item = self._queue.popleft()
            try:
                source = item.open(form, 0)
                frame = next(source, None)
            except (OSError, WireError) as problem:
                self._tell("failed", item.play_id, str(problem))
                continue
            if frame is not None:
                self._current, self._source, self._begun_at = item, source, self._timestamp
                return frame
            self._tell("finished", item.play_id)
        self._source = repeat(form.silence)
        return form.silence

    def _reopen(self, form: SendFormat) -> None:
        """Go on in another format at the sample that was reached."""
        self._source = iter(())
        if self._current is None:
            return
        played = (self._timestamp - self._begun_at) & 0xFFFFFFFF
        try:
            self._source = self._current.open(form, played)
        except OSError as problem:
            self.give_up_current(str(problem))

    # Receiving ------------------------------------------------------------------------------------

    def receive(self, datagram: bytearray, length: int, source: Address, tick: int) -> None:
        """Take one datagram from the socket, whatever it is."""
        if length < HEADER.size or self.form is None:
            self.refused += 1
            return
        first, second, sequence, timestamp, ssrc = HEADER.unpack_from(datagram)
        payload_type = second & 0x7F
        is_event = payload_type == self.form.dtmf_payload_type
        if first & 0xC0 != VERSION_BITS or not (
            source == self.latch.source or self._admit(payload_type, is_event, source, tick)
        ):
            self.refused += 1
            return
        self.heard_tick = tick
        self.is_silent = False
        self.reception.count(sequence, timestamp, tick * _SAMPLES_PER_TICK)
        if is_event:
            self._receive_event(bytes(datagram[:length]), ssrc)
        elif self._listener is not None and payload_type == self.form.payload_type:
            self._receive_tones(self._listener, bytes(datagram[:length]))

    def _admit(self, payload_type: int, is_event: bool, source: Address, tick: int) -> bool:
        """Only packets of the negotiated format may move the leg to another source."""
        is_audio = self.form is not None and payload_type == self.form.payload_type
        return (is_audio or is_event) and self.latch.admit(source, self.heard_tick, tick)

    def _receive_event(self, datagram: bytes, ssrc: int) -> None:
        if ssrc != self._peer_ssrc:
            self._peer_ssrc = ssrc
            self._decoder = DigitDecoder()  # another sender: its timestamps have nothing to do with those before
        try:
            packet = parse_rtp(datagram)
            digit = self._decoder.receive(packet.timestamp, packet.payload)
        except WireError:
            self.refused += 1
            return
        if digit is not None:
            self._tell("digit", digit)

    def _receive_tones(self, listener: ToneListener, datagram: bytes) -> None:
        try:
            keys = listener.hear(parse_rtp(datagram))
        except WireError:
            self.refused += 1
            return
        for key in keys:
            self._tell("digit", key)
