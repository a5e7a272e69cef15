"""Messages on their way over one bind: their parts in order, what came of each, and what that makes of the whole."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from callwright.messaging.smpp.outcomes import TEMPORARY, pause_s, refusal_of
from callwright.messaging.smpp.throttling import Pace
from callwright.model.delivery_error import QUEUE_OVERFLOW, UNKNOWN_ERROR
from callwright.usecases.carrier_traffic import Accepted, Outcome, Postponed, Refused, Unacknowledged
from callwright.wire.smpp.body import ShortMessage
from callwright.wire.smpp.command_status import ROK, Meaning, meaning_of, status_text
from callwright.wire.smpp.errors import CannotBeSent
from callwright.wire.smpp.message_id import Form, kept_id
from callwright.wire.smpp.session import Session

_PARTS_PER_WRITE = 64


@dataclass(eq=False, slots=True)
class Handover:
    """One message. After `give_up_s` (monotonic) there is no use in trying parts of it again."""

    parts: tuple[ShortMessage, ...]
    outcome: asyncio.Future[Outcome]
    give_up_s: float
    #: By part: the carrier's identifier once it took it.
    ids: dict[int, str] = field(default_factory=dict)
    #: By part: the status of its last refusal.
    refused: dict[int, int] = field(default_factory=dict)
    #: How many parts wait to be sent or for an answer.
    open_parts: int = 0
    is_unanswered: bool = False
    rounds: int = 0

    def settle(self, outcome: Outcome) -> None:
        """The end; the caller of `submit` may have gone."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def acknowledged_ids(self) -> tuple[str, ...]:
        """Of the parts that the carrier took, in order."""
        return tuple(self.ids[index] for index in sorted(self.ids))


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of which message: the token of its submit_sm."""

    handover: Handover
    index: int


class Outbox:
    """The parts that wait for room in the window of one bind. `now_s` is monotonic seconds."""

    def __init__(self, receipt_ids: Form, *, expects_receipts: bool = True) -> None:
        self.pace = Pace()
        self._receipt_ids: Form = receipt_ids
        self._expects_receipts = expects_receipts
        self._queue: deque[Part] = deque()
        #: Messages some parts of which the carrier took, and others it will take later: since when.
        self._again: list[tuple[float, Handover]] = []

    def __len__(self) -> int:
        """How many parts wait to be sent now."""
        return len(self._queue)

    def put(self, handover: Handover) -> None:
        self._enqueue(handover, range(len(handover.parts)))

    def room(self, window_room: int, now_s: float) -> int:
        """How many more messages are worth to be put in; no more than a second's worth while throttled."""
        room = window_room - len(self._queue)
        if self.pace.rate is not None:
            room = min(room, max(1, int(self.pace.rate)) - len(self._queue))
            if self.pace.wait_s(now_s) > 0 and self._queue:
                return 0
        return max(0, room)

    def pump(self, session: Session, now_s: float) -> None:
        """Send what the window and the pace allow, no more than one write is good for."""
        for _ in range(_PARTS_PER_WRITE):
            if not (self._queue and session.room and self.pace.wait_s(now_s) == 0.0):
                return
            part = self._queue.popleft()
            handover = part.handover
            try:
                session.submit(handover.parts[part.index], part, now_s)
            except CannotBeSent as error:
                self._fail(handover, error)
                continue
            self.pace.sent(now_s)

    def answered(self, part: Part, status: int, message_id: str, now_s: float) -> None:
        """The carrier's answer to a part."""
        handover = part.handover
        handover.open_parts -= 1
        if status == ROK:
            # One that cannot be printed is none: its receipt would be refused.
            known_id = message_id.strip() if message_id.isprintable() else ""
            handover.ids[part.index] = kept_id(known_id, self._receipt_ids)
            handover.refused.pop(part.index, None)
        else:
            handover.refused[part.index] = status
            if meaning_of(status) is Meaning.THROTTLED:
                self.pace.throttled(now_s)
            elif meaning_of(status) not in TEMPORARY:
                self._drop(handover)  # the other parts would be paid for, and no use
        if not handover.open_parts:
            self._conclude(handover, now_s)

    def unanswered(self, part: Part, now_s: float) -> None:
        """No answer came in time."""
        part.handover.open_parts -= 1
        part.handover.is_unanswered = True
        if not part.handover.open_parts:
            self._conclude(part.handover, now_s)

    def expire(self, now_s: float) -> None:
        """Bring back what was to be tried again by now; let a throttled link recover."""
        self.pace.recover(now_s)
        due = [handover for due_s, handover in self._again if due_s <= now_s]
        if due:
            self._again = [entry for entry in self._again if entry[0] > now_s]
            for handover in due:
                self._enqueue(handover, sorted(handover.refused))

    def lose(self, outstanding: list[Part], reason: str) -> None:
        """The link is gone: everything ends, as far as it got."""
        unanswered = {part.handover for part in outstanding}
        waiting = [part.handover for part in self._queue] + [handover for _, handover in self._again]
        self._queue.clear()
        self._again.clear()
        for handover in dict.fromkeys([*(part.handover for part in outstanding), *waiting]):
            if handover in unanswered or handover.is_unanswered or handover.ids:
                handover.settle(Unacknowledged(reason, handover.acknowledged_ids()))
            else:  # nothing of it was written, or the carrier refused what was
                handover.settle(Postponed(reason))

    def _enqueue(self, handover: Handover, indices: list[int] | range) -> None:
        handover.open_parts += len(indices)
        self._queue.extend([Part(handover, index) for index in indices])

    def _drop(self, handover: Handover) -> None:
        """Do not send what has not been sent of it."""
        kept = deque(part for part in self._queue if part.handover is not handover)
        handover.open_parts -= len(self._queue) - len(kept)
        self._queue = kept

    def _fail(self, handover: Handover, error: CannotBeSent) -> None:
        """A part that no PDU can hold; all parts share the fields that can be wrong, so it is the first."""
        self._drop(handover)
        handover.settle(Refused(UNKNOWN_ERROR, f"The message cannot be sent by SMPP: {error}."))

    def _conclude(self, handover: Handover, now_s: float) -> None:
        """Every part has been answered, or will never be."""
        statuses = list(handover.refused.values())
        final = next((status for status in statuses if meaning_of(status) not in TEMPORARY), None)
        if handover.is_unanswered:
            handover.settle(Unacknowledged("the carrier did not answer in time", handover.acknowledged_ids()))
        elif not statuses:
            ids = handover.acknowledged_ids()
            handover.settle(Accepted(ids if self._expects_receipts else ("",) * len(ids)))
        elif not handover.ids:
            handover.settle(refusal_of(statuses[0] if final is None else final))
        elif final is not None:
            handover.settle(_refused_in_part(handover, final))
        elif now_s >= handover.give_up_s:
            handover.settle(Refused(QUEUE_OVERFLOW, _in_part(handover, statuses[0])))
        else:
            # Handed over again as a whole, the parts the carrier took would arrive twice.
            handover.rounds += 1
            self._again.append((now_s + pause_s(handover.rounds), handover))


def _refused_in_part(handover: Handover, status: int) -> Refused:
    refusal = refusal_of(status)
    code = refusal.code if isinstance(refusal, Refused) else UNKNOWN_ERROR
    return Refused(code, _in_part(handover, status))


def _in_part(handover: Handover, status: int) -> str:
    return f"The carrier took {len(handover.ids)} of {len(handover.parts)} parts and answered {status_text(status)}."
