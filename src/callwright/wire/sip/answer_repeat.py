"""Repeats the 2xx to an INVITE until its ACK: end to end, not the transaction's work (RFC 3261 §13.3.1.4)."""

from callwright.wire.sip.message import Response
from callwright.wire.sip.server_invite import ServerInvite
from callwright.wire.sip.timers import Timers
from callwright.wire.sip.transaction import Action, Send, State, TimedOut, Transaction


class AnswerRepeat(Transaction):
    """Ends with `terminate` when the ACK came, or with TimedOut after 64*T1: then the caller sends a BYE."""

    def __init__(self, invite: ServerInvite, answer: Response, timers: Timers) -> None:
        # Over reliable transports too: a proxy on the way may speak UDP beyond us.
        super().__init__(invite.request, invite.target, timers, is_reliable=False)
        self.invite = invite
        self._answer = answer.encode()

    def start(self, now_s: float) -> list[Action]:
        """The first copy has been sent by the transaction."""
        self.state = State.PROCEEDING
        self._end_s = now_s + self._timers.patience_s
        self._repeat_from(now_s)
        return []

    def _on_repeat(self, now_s: float) -> list[Action]:
        self._repeat_later(now_s, self._timers.t2_s)
        return [Send(self._answer, self.target)]

    def _on_end(self) -> list[Action]:
        return [TimedOut(self), *self.terminate()]
