"""One TCP (or TLS) connection to an SMSC and the session on it."""

import asyncio
from collections.abc import Callable
from typing import cast

from callwright.messaging.smpp.outbox import Outbox, Part
from callwright.wire.smpp.session import Answered, Bound, Delivery, Ended, Event, Session, State, Unanswered

#: No more is submitted while that much waits to be written.
_HIGH_WATER_BYTES = 64 * 1024
#: No more is read while that much does: a peer that does not read its answers gets no new ones.
_FLOOD_BYTES = 1024 * 1024
#: A peer that does not read must not keep a closed connection open.
_CLOSE_S = 2.0
_LONGEST_TICK_S = 1.0
_SHORTEST_TICK_S = 0.02


class Connection(asyncio.Protocol):
    """Made for one connection. `ended` is set once, with the reason, when nothing can be done with it any more."""

    def __init__(
        self,
        session: Session,
        outbox: Outbox,
        on_change: Callable[[], None],
        on_delivery: Callable[[Delivery, "Connection"], None],
    ) -> None:
        self.session = session
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[Ended] = self._loop.create_future()
        self._outbox = outbox
        self._on_change = on_change
        self._on_delivery = on_delivery
        self._transport: asyncio.Transport | None = None
        self._is_awake = False
        self._is_paused = False
        self._has_changed = False
        limits = session.limits
        shortest_s = min(limits.response_timeout_s, limits.enquire_link_s) / 4
        self._tick_s = min(_LONGEST_TICK_S, max(_SHORTEST_TICK_S, shortest_s))
        self._timer: asyncio.TimerHandle | None = None
        self._pace_timer: asyncio.TimerHandle | None = None

    @property
    def is_bound(self) -> bool:
        return self.session.state is State.BOUND

    @property
    def window_room(self) -> int:
        """How many more parts can be submitted now; 0 while the peer does not read."""
        return 0 if self._is_paused else self.session.room

    def wake(self) -> None:
        """Something may be sent: do it once in this turn of the loop, all together."""
        if not self._is_awake:
            self._is_awake = True
            self._loop.call_soon(self._turn)

    def answer(self, delivery: Delivery, command_status: int) -> None:
        self.session.answer(delivery, command_status)
        self.wake()

    def unbind(self) -> None:
        """End the session politely; `ended` follows within the response time-out."""
        self.session.unbind(self._loop.time())
        self.wake()

    def end(self, reason: Ended) -> None:
        """Settle everything and close; does nothing the second time."""
        if self.ended.done():
            return
        outstanding = cast("list[Part]", self.session.lose())
        self.ended.set_result(reason)
        for timer in (self._timer, self._pace_timer):
            if timer is not None:
                timer.cancel()
        self._outbox.lose(outstanding, f"the link to the carrier was lost: {reason.reason.rstrip('.')}")
        if self._transport is not None:
            self._write(self._transport)
            self._transport.close()
            self._loop.call_later(_CLOSE_S, self._transport.abort)
        self._on_change()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER_BYTES)
        if self.ended.done():  # given up while it was being made
            self._transport.abort()
            return
        self.session.bind(self._loop.time())
        self._tick()

    def data_received(self, data: bytes) -> None:
        if not self.ended.done():
            self._take(self.session.receive(data, self._loop.time()))
            self.wake()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._has_changed = True
        self.wake()

    def eof_received(self) -> None:
        """Half-closed is closed: nobody will answer any more."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.end(Ended("the carrier closed the connection" if exc is None else str(exc) or type(exc).__name__))

    # The session

    def _tick(self) -> None:
        now_s = self._loop.time()
        self._take(self.session.expire(now_s))
        if not self.ended.done():
            self._outbox.expire(now_s)
            self._timer = self._loop.call_later(self._tick_s, self._tick)
            self.wake()

    def _turn(self) -> None:
        self._is_awake = False
        if self.ended.done() or self._transport is None:
            return
        if not self._is_paused:
            self._outbox.pump(self.session, self._loop.time())
            self._mind_the_pace()
        self._write(self._transport)
        if not self._is_paused and len(self._outbox) and self.session.room and self._pace_timer is None:
            self.wake()  # the rest in the next turn: others have work, too, and the peer may have had enough
        if self._has_changed:
            self._has_changed = False
            self._on_change()

    def _write(self, transport: asyncio.Transport) -> None:
        data = self.session.data_to_send()
        if not data or transport.is_closing():
            return
        transport.write(data)
        if self._is_paused and transport.get_write_buffer_size() > _FLOOD_BYTES:
            transport.pause_reading()

    def _mind_the_pace(self) -> None:
        """Come back when a throttled link may send the next part."""
        wait_s = self._outbox.pace.wait_s(self._loop.time())
        is_timed = self._pace_timer is not None and self._pace_timer.when() > self._loop.time()
        if wait_s > 0 and not is_timed:
            self._has_changed = True
            self._pace_timer = self._loop.call_later(wait_s, self._on_pace)

    def _on_pace(self) -> None:
        self._pace_timer = None
        self._has_changed = True
        self.wake()

    def _take(self, events: list[Event]) -> None:
        now_s = self._loop.time()
        for event in events:
            match event:
                case Answered(token, command_status, message_id):
                    self._outbox.answered(cast("Part", token), command_status, message_id, now_s)
                    self._has_changed = True
                case Delivery():
                    self._on_delivery(event, self)
                case Unanswered(token):
                    self._outbox.unanswered(cast("Part", token), now_s)
                    self._has_changed = True
                case Bound():
                    self._has_changed = True
                case Ended():
                    self.end(event)
