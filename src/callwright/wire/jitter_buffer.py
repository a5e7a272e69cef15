"""Jitter buffer: puts packets back in order and plays them at an even pace."""

from typing import Generic, TypeVar

from callwright.wire.rtp import MAX_DROPOUT, sequence_distance

P = TypeVar("P")


class JitterBuffer(Generic[P]):
    """Packets go in as they arrive and come out once each packet time, in the order of their sequence.

    The first packet comes out when `depth` packets are held (3 of 20 ms: 60 ms of delay). More than
    `capacity` held means that the sender's clock is fast or a burst came: the oldest are given up.
    """

    __slots__ = ("_capacity", "_depth", "_filling", "_held", "_next", "late", "lost")

    def __init__(self, depth: int = 3, capacity: int = 12) -> None:
        self._depth = depth
        self._capacity = capacity
        self._held: dict[int, P] = {}
        self._next: int | None = None
        self._filling = True
        #: Packets dropped because they came twice or after their turn.
        self.late = 0
        #: Packets whose turn came without them.
        self.lost = 0

    def __len__(self) -> int:
        return len(self._held)

    def push(self, sequence: int, packet: P) -> bool:
        """Hold a packet until its turn; False when it came twice or too late and was dropped."""
        if self._next is None:
            self._next = sequence
        step = sequence_distance(self._next, sequence)
        if abs(step) > MAX_DROPOUT:
            self._restart(sequence)
        elif step < 0 and self._filling and -step < self._capacity and len(self._held) < self._depth:
            self._next = sequence  # the very first packets may come in the wrong order too
        elif step < 0 or sequence in self._held:
            self.late += 1
            return False
        self._held[sequence] = packet
        if len(self._held) > self._capacity:
            self._give_up_oldest()
        return True

    def pop(self) -> P | None:
        """The packet whose turn it is; None when it is missing or the buffer is filling (again)."""
        if self._filling and len(self._held) < self._depth:
            return None
        if not self._held or self._next is None:
            self._filling = True  # ran dry: build the delay up again
            return None
        self._filling = False
        packet = self._held.pop(self._next, None)
        if packet is None:
            self.lost += 1
        self._next = (self._next + 1) & 0xFFFF
        return packet

    def _restart(self, sequence: int) -> None:
        """The sender began anew: what is held belongs to the stream before."""
        self._held.clear()
        self._next = sequence
        self._filling = True

    def _give_up_oldest(self) -> None:
        start = self._next or 0
        oldest = min(self._held, key=lambda sequence: sequence_distance(start, sequence))
        del self._held[oldest]
        self.lost += 1
        self._next = (oldest + 1) & 0xFFFF
