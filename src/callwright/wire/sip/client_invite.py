"""INVITE client transaction (RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2)."""

from callwright.wire.sip.headers import Headers
from callwright.wire.sip.message import Request, Response
from callwright.wire.sip.transaction import (
    Action,
    Address,
    ClientTransaction,
    ResponseArrived,
    Send,
    State,
    TimedOut,
)


class ClientInvite(ClientTransaction):
    """Sends an INVITE, repeats it, acknowledges refusals, and lets every 2xx of a fork through."""

    _ack: bytes = b""

    def start(self, now_s: float) -> list[Action]:
        self.state = State.CALLING
        self._end_s = now_s + self._timers.patience_s  # timer B
        self._repeat_from(now_s)  # timer A
        return [Send(self.request.encode(), self.target)]

    def abandon(self, now_s: float) -> None:
        """A CANCEL went out: without a final response within 64*T1 it is over (RFC 3261 §9.1)."""
        if self.state is State.PROCEEDING:
            self._end_after(now_s, self._timers.patience_s)

    def receive(self, response: Response, source: Address, now_s: float) -> list[Action]:
        if response.is_provisional:
            return self._provisional(response, source)
        if response.is_success:
            return self._success(response, source, now_s)
        return self._failure(response, source, now_s)

    def _provisional(self, response: Response, source: Address) -> list[Action]:
        if self.state is State.CALLING:
            self.state = State.PROCEEDING
            self._set(None, None)
        if self.state is not State.PROCEEDING:
            return []
        return [ResponseArrived(self, response, source)]

    def _success(self, response: Response, source: Address, now_s: float) -> list[Action]:
        if self.state in {State.CALLING, State.PROCEEDING}:
            self.state = State.ACCEPTED
            self._end_after(now_s, self._timers.patience_s)  # timer M
        if self.state is not State.ACCEPTED:
            return []
        return [ResponseArrived(self, response, source)]

    def _failure(self, response: Response, source: Address, now_s: float) -> list[Action]:
        if self.state is State.COMPLETED:
            return [Send(self._ack, self.target)]
        if self.state not in {State.CALLING, State.PROCEEDING}:
            return []
        self.state = State.COMPLETED
        self._ack = ack_of_refusal(self.request, response).encode()
        self._end_after(now_s, 0 if self._is_reliable else self._timers.patience_s)  # timer D
        return [Send(self._ack, self.target), ResponseArrived(self, response, source)]

    def _on_repeat(self, now_s: float) -> list[Action]:
        self._repeat_later(now_s, None)
        return [Send(self.request.encode(), self.target)]

    def _on_end(self) -> list[Action]:
        gave_up = self.state in {State.CALLING, State.PROCEEDING}
        return [*([TimedOut(self)] if gave_up else []), *self.terminate()]


def ack_of_refusal(invite: Request, response: Response) -> Request:
    """The ACK to a 3xx-6xx: within the transaction, so on the INVITE's branch (RFC 3261 §17.1.1.3)."""
    return _same_transaction(invite, "ACK", response.headers.get("To") or "")


def cancel_of(invite: Request) -> Request:
    """The CANCEL of a pending INVITE (RFC 3261 §9.1)."""
    return _same_transaction(invite, "CANCEL", invite.headers.get("To") or "")


def _same_transaction(invite: Request, method: str, to: str) -> Request:
    headers = Headers(
        [
            ("Via", invite.headers.all("Via")[0]),
            ("Max-Forwards", "70"),
            ("From", invite.headers.get("From") or ""),
            ("To", to),
            ("Call-ID", invite.call_id),
            ("CSeq", f"{invite.cseq.sequence} {method}"),
        ]
    )
    for route in invite.headers.all("Route"):
        headers.add("Route", route)
    return Request(headers, method=method, uri=invite.uri)
