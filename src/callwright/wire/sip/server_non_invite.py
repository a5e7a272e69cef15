"""Non-INVITE server transaction (RFC 3261 §17.2.2)."""

from callwright.wire.sip.message import Request, Response
from callwright.wire.sip.transaction import Action, Address, RequestArrived, Send, ServerTransaction, State


class ServerNonInvite(ServerTransaction):
    """Takes a request once and replays the last response to its copies."""

    def start(self, source: Address) -> list[Action]:
        self.state = State.TRYING
        return [RequestArrived(self, source)]

    def receive(self, request: Request, source: Address, now_s: float) -> list[Action]:
        """A copy of the request."""
        if self.state in {State.PROCEEDING, State.COMPLETED}:
            return [Send(self._last_response, self.target)]
        return []

    def respond(self, response: Response, now_s: float) -> list[Action]:
        if self.state not in {State.TRYING, State.PROCEEDING}:
            return []
        self._last_response = response.encode()
        if response.is_provisional:
            self.state = State.PROCEEDING
        else:
            self.state = State.COMPLETED
            self._end_after(now_s, 0 if self._is_reliable else self._timers.patience_s)  # timer J
        return [Send(self._last_response, self.target)]

    def _on_end(self) -> list[Action]:
        return self.terminate()
