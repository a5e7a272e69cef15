"""INVITE server transaction (RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1)."""

from callwright.wire.sip.message import Request, Response
from callwright.wire.sip.transaction import (
    AckArrived,
    Action,
    Address,
    RequestArrived,
    Send,
    ServerTransaction,
    State,
    TimedOut,
)


class ServerInvite(ServerTransaction):
    """Takes an INVITE once, replays the last response to its copies, repeats a refusal until the ACK."""

    def start(self, source: Address) -> list[Action]:
        self.state = State.PROCEEDING
        return [RequestArrived(self, source)]

    def receive(self, request: Request, source: Address, now_s: float) -> list[Action]:
        """A copy of the INVITE, or an ACK on its branch."""
        if request.method == "ACK":
            return self._acknowledged(request, source, now_s)
        if self.state in {State.PROCEEDING, State.COMPLETED} and self._last_response:
            return [Send(self._last_response, self.target)]
        return []

    def respond(self, response: Response, now_s: float) -> list[Action]:
        """Send a response. After a final one only further 2xx go out (repeats by the transaction user)."""
        data = response.encode()
        if self.state is State.ACCEPTED and response.is_success:
            return [Send(data, self.target)]
        if self.state is not State.PROCEEDING:
            return []
        self._last_response = data
        if response.is_success:
            self.state = State.ACCEPTED
            self._end_after(now_s, self._timers.patience_s)  # timer L
        elif not response.is_provisional:
            self.state = State.COMPLETED
            self._end_s = now_s + self._timers.patience_s  # timer H
            self._repeat_from(now_s)  # timer G
        return [Send(data, self.target)]

    def _acknowledged(self, request: Request, source: Address, now_s: float) -> list[Action]:
        if self.state is State.ACCEPTED:
            return [AckArrived(request, source)]
        if self.state is State.COMPLETED:
            self.state = State.CONFIRMED
            self._end_after(now_s, 0 if self._is_reliable else self._timers.t4_s)  # timer I
        return []

    def _on_repeat(self, now_s: float) -> list[Action]:
        self._repeat_later(now_s, self._timers.t2_s)
        return [Send(self._last_response, self.target)]

    def _on_end(self) -> list[Action]:
        unacknowledged = self.state is State.COMPLETED
        return [*([TimedOut(self)] if unacknowledged else []), *self.terminate()]
