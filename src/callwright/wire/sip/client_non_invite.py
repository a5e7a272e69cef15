"""Non-INVITE client transaction (RFC 3261 §17.1.2)."""

from callwright.wire.sip.message import Response
from callwright.wire.sip.transaction import (
    Action,
    Address,
    ClientTransaction,
    ResponseArrived,
    Send,
    State,
    TimedOut,
)


class ClientNonInvite(ClientTransaction):
    """Sends a request other than INVITE and ACK, and repeats it until the final response."""

    def start(self, now_s: float) -> list[Action]:
        self.state = State.TRYING
        self._end_s = now_s + self._timers.patience_s  # timer F
        self._repeat_from(now_s)  # timer E
        return [Send(self.request.encode(), self.target)]

    def receive(self, response: Response, source: Address, now_s: float) -> list[Action]:
        if self.state not in {State.TRYING, State.PROCEEDING}:
            return []
        if response.is_provisional:
            self.state = State.PROCEEDING
        else:
            self.state = State.COMPLETED
            self._end_after(now_s, 0 if self._is_reliable else self._timers.t4_s)  # timer K
        return [ResponseArrived(self, response, source)]

    def _on_repeat(self, now_s: float) -> list[Action]:
        if self.state is State.PROCEEDING:
            self._repeat_interval_s = self._timers.t2_s  # §17.1.2.2: T2 from the first provisional on
        self._repeat_later(now_s, self._timers.t2_s)
        return [Send(self.request.encode(), self.target)]

    def _on_end(self) -> list[Action]:
        gave_up = self.state in {State.TRYING, State.PROCEEDING}
        return [*([TimedOut(self)] if gave_up else []), *self.terminate()]
