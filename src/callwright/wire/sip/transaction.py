"""What the four transactions share (RFC 3261 §17): states, actions, timers on a clock that the caller holds.

Every method that may act answers a list of actions and leaves in `due_s` when `expire` has to be called next.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from callwright.wire.sip.message import Request, Response
from callwright.wire.sip.timers import Timers

Address: TypeAlias = tuple[str, int]


class State(Enum):
    """States of §17 and, for Accepted, of RFC 6026."""

    CALLING = auto()
    TRYING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Transaction:
    """One request and its responses. `now_s` is monotonic seconds everywhere."""

    def __init__(self, request: Request, target: Address, timers: Timers, is_reliable: bool) -> None:
        self.request = request
        #: Where this transaction's packets go.
        self.target = target
        self.state = State.TERMINATED
        #: When `expire` has to be called; None while nothing is pending.
        self.due_s: float | None = None
        #: The due time the layer has noted last: its own bookkeeping.
        self.scheduled_s: float | None = None
        self._timers = timers
        self._is_reliable = is_reliable
        self._repeat_s: float | None = None
        self._repeat_interval_s = timers.t1_s
        self._end_s: float | None = None

    @property
    def is_terminated(self) -> bool:
        return self.state is State.TERMINATED

    def expire(self, now_s: float) -> "list[Action]":
        """A timer may have run out; does nothing when none has."""
        if self._end_s is not None and now_s >= self._end_s:
            return self._on_end()
        if self._repeat_s is not None and now_s >= self._repeat_s:
            return self._on_repeat(now_s)
        return []

    def _on_end(self) -> "list[Action]":
        raise NotImplementedError

    def _on_repeat(self, now_s: float) -> "list[Action]":
        raise NotImplementedError

    def _repeat_from(self, now_s: float) -> None:
        """Start repeating after T1; only unreliable transports need it (timers A, E and G)."""
        self._repeat_interval_s = self._timers.t1_s
        self._set(None if self._is_reliable else now_s + self._repeat_interval_s, self._end_s)

    def _repeat_later(self, now_s: float, longest_s: float | None) -> None:
        """The next repeat after twice the interval."""
        interval_s = self._repeat_interval_s * 2
        self._repeat_interval_s = interval_s if longest_s is None else min(interval_s, longest_s)
        self._set(now_s + self._repeat_interval_s, self._end_s)

    def _end_after(self, now_s: float, wait_s: float) -> None:
        """Stop repeating; the transaction ends after the wait (at once when there is none)."""
        self._set(None, now_s + wait_s)

    def _set(self, repeat_s: float | None, end_s: float | None) -> None:
        self._repeat_s, self._end_s = repeat_s, end_s
        self.due_s = min((at for at in (repeat_s, end_s) if at is not None), default=None)

    def terminate(self) -> "list[Action]":
        """Forget everything; nothing is sent any more."""
        if self.is_terminated:
            return []
        self.state = State.TERMINATED
        self._set(None, None)
        return [Terminated(self)]


class ClientTransaction(Transaction):
    """A request of ours."""

    def start(self, now_s: float) -> "list[Action]":
        raise NotImplementedError

    def receive(self, response: Response, source: Address, now_s: float) -> "list[Action]":
        raise NotImplementedError


class ServerTransaction(Transaction):
    """A request of the peer's."""

    _last_response: bytes = b""

    def start(self, source: Address) -> "list[Action]":
        raise NotImplementedError

    def receive(self, request: Request, source: Address, now_s: float) -> "list[Action]":
        raise NotImplementedError

    def respond(self, response: Response, now_s: float) -> "list[Action]":
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Send:
    """These bytes go to this address."""

    data: bytes
    target: Address


@dataclass(frozen=True, slots=True)
class RequestArrived:
    """A new request for the transaction user; retransmissions never get here."""

    transaction: ServerTransaction
    source: Address


@dataclass(frozen=True, slots=True)
class AckArrived:
    """An ACK to a 2xx: it belongs to a dialog, not to a transaction."""

    request: Request
    source: Address


@dataclass(frozen=True, slots=True)
class ResponseArrived:
    transaction: ClientTransaction
    response: Response
    source: Address


@dataclass(frozen=True, slots=True)
class StrayResponse:
    """A response that belongs to no transaction we know; a late 2xx of a fork may be among them."""

    response: Response
    source: Address


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Timer B, F or H: no final response came, or no ACK."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Terminated:
    transaction: Transaction


Action: TypeAlias = Send | RequestArrived | AckArrived | ResponseArrived | StrayResponse | TimedOut | Terminated
