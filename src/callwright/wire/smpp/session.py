"""One SMPP session from the ESME's side (3.4 §2.2, §2.7, §2.9), without a socket or a clock.

    OPEN ──bind──▶ BINDING ──ok──▶ BOUND ──unbind──▶ UNBINDING ──resp──▶ CLOSED
                      └── refused, silent, lost place, dead link, peer's unbind ──▶ CLOSED

Feed what arrives to `receive`, call `expire` now and then, write what `data_to_send` answers. `now_s` is monotonic
seconds everywhere.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from callwright.wire.smpp.body import RESPONSE, Bind, Body, Command, DataMessage, MessageId, ShortMessage
from callwright.wire.smpp.command_status import RINVBNDSTS, RINVCMDID, ROK, RUNKNOWNERR
from callwright.wire.smpp.errors import FramingLost, MalformedPdu
from callwright.wire.smpp.framing import Splitter
from callwright.wire.smpp.pdu import Pdu, decode, encode

#: §3.2: sequence numbers are 1 to 0x7FFFFFFF.
HIGHEST_SEQUENCE_NUMBER = 0x7FFFFFFF

_DELIVERIES = (Command.DELIVER_SM, Command.DATA_SM)
#: generic_nack is the response to no request in particular.
_NACK = 0


class State(Enum):
    OPEN = auto()
    BINDING = auto()
    BOUND = auto()
    UNBINDING = auto()
    CLOSED = auto()


@dataclass(frozen=True)
class Limits:
    """`window`: how many submits may wait for their responses at once."""

    window: int = 10
    response_timeout_s: float = 10.0
    enquire_link_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Bound:
    """Messages can be submitted (unless this is a receiver)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The response to a submit: `token` is what was given with it."""

    token: Hashable
    command_status: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No response came in time; one that comes later is ignored."""

    token: Hashable


@dataclass(frozen=True, slots=True)
class Delivery:
    """The peer's deliver_sm or data_sm: to be answered with `answer`, some time, in any order."""

    command_id: int
    sequence_number: int
    body: ShortMessage | DataMessage


@dataclass(frozen=True, slots=True)
class Ended:
    """Close the connection. `command_status` is the bind's refusal, if that is why."""

    reason: str
    command_status: int | None = None


Event: TypeAlias = Bound | Answered | Unanswered | Delivery | Ended


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A request of ours without its response; `token` is None for those that are the session's own."""

    command_id: int
    token: Hashable
    due_s: float


class Session:
    """The state of one connection. `bind_command` is one of the three binds."""

    def __init__(self, bind_command: Command, bind: Bind, limits: Limits, first_sequence_number: int = 1) -> None:
        self.state = State.OPEN
        self.limits = limits
        self._bind_command = bind_command
        self._bind = bind
        self._splitter = Splitter()
        self._next_number = first_sequence_number
        #: Oldest first, and as all wait equally long, the first is the first to be due.
        self._waiting: dict[int, _Waiting] = {}
        self._submits = 0
        self._is_enquiring = False
        self._received_s = 0.0
        self._out: list[bytes] = []
        self._events: list[Event] = []

    @property
    def room(self) -> int:
        """How many more submits the window takes."""
        can_submit = self.state is State.BOUND and self._bind_command is not Command.BIND_RECEIVER
        return max(0, self.limits.window - self._submits) if can_submit else 0

    @property
    def outstanding(self) -> int:
        """How many submits wait for their responses."""
        return self._submits

    def data_to_send(self) -> bytes:
        """What has to be written now; each octet is answered once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def bind(self, now_s: float) -> None:
        """Ask for the bind; Bound or Ended follows. Raises CannotBeSent when a field of it does not fit."""
        self._received_s = now_s
        self._request(self._bind_command, self._bind, None, now_s)
        self.state = State.BINDING

    def submit(self, message: ShortMessage, token: Hashable, now_s: float) -> None:
        """Send a submit_sm; Answered or Unanswered with the token follows, or `lose` names it.

        Raises CannotBeSent when a field of it does not fit, and RuntimeError when there is no room.
        """
        if self.room == 0:
            raise RuntimeError("the window is full, or nothing can be submitted in this state")
        self._request(Command.SUBMIT_SM, message, token, now_s)
        self._submits += 1

    def answer(self, delivery: Delivery, command_status: int) -> None:
        """Answer a delivery; nothing happens when the session has ended meanwhile."""
        if self.state in (State.BOUND, State.UNBINDING):
            self._respond(delivery.command_id, delivery.sequence_number, command_status)

    def unbind(self, now_s: float) -> None:
        """End the session politely; Ended follows."""
        if self.state is State.BOUND:
            self._request(Command.UNBIND, None, None, now_s)
            self.state = State.UNBINDING

    def lose(self) -> list[Hashable]:
        """The connection is gone, or to be closed: the tokens of all submits that have had no response."""
        tokens = [waiting.token for waiting in self._waiting.values() if waiting.command_id == Command.SUBMIT_SM]
        self._waiting.clear()
        self._submits = 0
        self.state = State.CLOSED
        return tokens

    def receive(self, data: bytes, now_s: float) -> list[Event]:
        """Take what arrived; never raises, whatever it is."""
        self._splitter.feed(data)
        try:
            while self.state is not State.CLOSED and (frame := self._splitter.next_pdu()) is not None:
                self._received_s = now_s
                self._take(frame)
        except FramingLost as error:
            self._end(f"the carrier sent what is not SMPP: {error}")
        return self._take_events()

    def expire(self, now_s: float) -> list[Event]:
        """Look whether something took too long, and whether the link has to be asked if it lives."""
        while self._waiting and self.state is not State.CLOSED:
            number, waiting = next(iter(self._waiting.items()))
            if waiting.due_s > now_s:
                break
            self._forget(number)
            self._on_silence(waiting, now_s)
        if self.state is State.BOUND and now_s - self._received_s >= self.limits.enquire_link_s:
            self._enquire(now_s)
        return self._take_events()

    def _on_silence(self, waiting: _Waiting, now_s: float) -> None:
        if waiting.command_id == Command.SUBMIT_SM:
            self._events.append(Unanswered(waiting.token))
            self._enquire(now_s)  # slow, or dead?
        elif waiting.command_id == Command.UNBIND:
            self._end("unbound, without the carrier's answer")
        elif waiting.command_id == Command.ENQUIRE_LINK:
            self._end(f"the carrier did not answer enquire_link within {self.limits.response_timeout_s:g} s")
        else:
            self._end(f"the carrier did not answer the bind within {self.limits.response_timeout_s:g} s")

    def _enquire(self, now_s: float) -> None:
        if self.state is State.BOUND and not self._is_enquiring:
            self._request(Command.ENQUIRE_LINK, None, None, now_s)
            self._is_enquiring = True

    # What arrives

    def _take(self, frame: bytes) -> None:
        try:
            pdu = decode(frame)
        except MalformedPdu as error:
            self._on_malformed(error)
            return
        if pdu.is_response:
            self._on_response(pdu)
        else:
            self._on_request(pdu)

    def _on_malformed(self, error: MalformedPdu) -> None:
        if error.command_id < RESPONSE:
            is_delivery = error.command_id in _DELIVERIES
            self._respond(error.command_id if is_delivery else _NACK, error.sequence_number, error.status)
            return
        # A response whose header can be read: the status says what came of the request, the rest is lost.
        self._on_response(Pdu(error.command_id, error.sequence_number, error.command_status))

    def _on_response(self, pdu: Pdu) -> None:
        waiting = self._waiting.get(pdu.sequence_number)
        is_nack = pdu.command_id == Command.GENERIC_NACK
        if waiting is None or not (is_nack or pdu.command_id == waiting.command_id | RESPONSE):
            return  # late, double, or of nothing we asked
        self._forget(pdu.sequence_number)
        status = (pdu.command_status or RUNKNOWNERR) if is_nack else pdu.command_status
        if waiting.command_id == Command.SUBMIT_SM:
            message_id = pdu.body.message_id if isinstance(pdu.body, MessageId) else ""
            self._events.append(Answered(waiting.token, status, message_id))
        elif waiting.command_id == Command.UNBIND:
            self._end("unbound")
        elif waiting.command_id == self._bind_command:
            self._on_bind_response(status)
        # enquire_link: any answer, a generic_nack as well, shows that somebody is there.

    def _on_bind_response(self, status: int) -> None:
        if status == ROK:
            self.state = State.BOUND
            self._events.append(Bound())
        else:
            self._end("the carrier refused the bind", status)

    def _on_request(self, pdu: Pdu) -> None:
        if pdu.command_id == Command.ENQUIRE_LINK:
            self._respond(pdu.command_id, pdu.sequence_number, ROK)
        elif pdu.command_id == Command.UNBIND:
            self._respond(pdu.command_id, pdu.sequence_number, ROK)
            self._end("the carrier unbound")
        elif pdu.command_id == Command.ALERT_NOTIFICATION:
            pass  # §4.12: has no response; nobody here waits for a handset
        elif isinstance(pdu.body, ShortMessage | DataMessage) and pdu.command_id != Command.SUBMIT_SM:
            self._on_delivery(Delivery(pdu.command_id, pdu.sequence_number, pdu.body))
        elif pdu.command_id == Command.OUTBIND:
            # §2.2.1: it comes first on a connection the SMSC opened; ours we open ourselves.
            self._respond(_NACK, pdu.sequence_number, RINVBNDSTS)
        else:
            self._respond(_NACK, pdu.sequence_number, RINVCMDID)

    def _on_delivery(self, delivery: Delivery) -> None:
        if self.state is State.BOUND:
            self._events.append(delivery)
        else:
            self._respond(delivery.command_id, delivery.sequence_number, RINVBNDSTS)

    # What goes out

    def _request(self, command: Command, body: Body | None, token: Hashable, now_s: float) -> None:
        number = self._next_number
        while number in self._waiting:
            number = number % HIGHEST_SEQUENCE_NUMBER + 1
        self._out.append(encode(Pdu(command, number, ROK, body)))
        self._next_number = number % HIGHEST_SEQUENCE_NUMBER + 1
        self._waiting[number] = _Waiting(command, token, now_s + self.limits.response_timeout_s)

    def _respond(self, command_id: int, sequence_number: int, status: int) -> None:
        # §4.6.2: message_id of a deliver_sm_resp is unused, and NULL; data_sm_resp has one as well.
        body = MessageId() if command_id in _DELIVERIES else None
        self._out.append(encode(Pdu(command_id | RESPONSE, sequence_number, status, body)))

    def _forget(self, number: int) -> None:
        waiting = self._waiting.pop(number)
        if waiting.command_id == Command.SUBMIT_SM:
            self._submits -= 1
        elif waiting.command_id == Command.ENQUIRE_LINK:
            self._is_enquiring = False

    def _end(self, reason: str, command_status: int | None = None) -> None:
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self._events.append(Ended(reason, command_status))

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events
