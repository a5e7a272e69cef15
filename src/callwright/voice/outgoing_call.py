"""An outgoing call: our INVITE, what comes back, and the dialog it makes."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from callwright.voice.sip_call import SDP, CallRegistry, Ended, SipCall, next_hop, send_bye
from callwright.voice.sip_stack import SipStack
from callwright.voice.transport import Address
from callwright.wire.sip import grammar
from callwright.wire.sip.client_invite import ClientInvite, cancel_of
from callwright.wire.sip.dialog import Dialog
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.headers import Headers
from callwright.wire.sip.message import Request, Response
from callwright.wire.sip.reasons import reason_of
from callwright.wire.sip.transaction import Transaction

_TRYING = 100
_RINGING = frozenset({180, 183})
_REQUEST_TIMEOUT = 408
_TERMINATED = 487
_NOT_ACCEPTABLE = 488
_UNAVAILABLE = 503


class CallRejected(Exception):
    """The call was not answered: the final status, 408 when none came, 487 when we cancelled."""

    def __init__(self, status: int, reason: str | None = None) -> None:
        self.status = status
        self.reason = reason or reason_of(status)
        super().__init__(f"{status} {self.reason}")


@dataclass(frozen=True)
class Progress:
    """A response to the INVITE; `sdp` is early media in a provisional one, the answer in a 200."""

    status: int
    reason: str
    sdp: str | None


class OutgoingCall(SipCall):
    """A call that we placed."""

    def __init__(self, stack: SipStack, registry: CallRegistry, target: Address, offer: str) -> None:
        super().__init__(stack, registry, f"{secrets.token_hex(16)}")
        #: The SDP of the 200; CallRejected when there will be none.
        self.answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        # Whoever only waits for `ended` must not be told that this exception was never looked at.
        self.answered.add_done_callback(lambda future: future.exception())
        self.ringing = asyncio.Event()
        self.local_sdp = offer
        self._target = target
        self._peer = target
        self._progress: asyncio.Queue[Progress] = asyncio.Queue()
        self._transaction: ClientInvite | None = None
        self._had_provisional = False
        self._is_cancelled = False
        #: By To-tag: the ACK of each 2xx, sent again for each copy of it (§13.2.2.4).
        self._acks: dict[str, tuple[bytes, Address]] = {}

    def invite(self, to_uri: str, from_uri: str, from_display: str | None, headers: Mapping[str, str]) -> None:
        """Send the INVITE. Raises what `UserAgent.call` says."""
        request = self._invite_request(to_uri, from_uri, from_display, headers)
        transaction = self._stack.send_request(request, self._target, self)
        assert isinstance(transaction, ClientInvite)  # noqa: S101 - the layer makes no other one for INVITE
        self._transaction = transaction

    @property
    def is_answered(self) -> bool:
        """A 200 came and was acknowledged."""
        return self._dialog is not None

    async def wait_progress(self) -> Progress:
        """The next response after 100: provisional ones (180, 183 …) and at last the final one."""
        return await self._progress.get()

    async def cancel(self) -> None:
        """Give up: `answered` fails with 487 now; the CANCEL goes out once a provisional response has come.

        An answer that crosses it is acknowledged and hung up.
        """
        if self.is_answered or self.is_over or self._is_cancelled:
            return
        self._is_cancelled = True
        self._fail(CallRejected(_TERMINATED))
        if self._had_provisional:
            self._send_cancel()

    async def hang_up(self) -> None:
        """BYE, or CANCEL while not answered. Safe to call twice."""
        self.abort()

    def abort(self) -> None:
        """Hang up without waiting."""
        if self.is_over:
            return
        if self.is_answered:
            self._bye()
            self._end(Ended("local"))
        elif not self._is_cancelled:
            self._is_cancelled = True
            self._fail(CallRejected(_TERMINATED))
            if self._had_provisional:
                self._send_cancel()

    def on_response(self, response: Response, source: Address) -> None:
        self._peer = source
        if response.is_provisional:
            self._on_provisional(response)
        elif response.is_success:
            self._on_answer(response)
        else:
            self._on_refusal(response.status, response.reason)

    def on_timeout(self, transaction: Transaction) -> None:
        if transaction is not self._transaction:
            super().on_timeout(transaction)  # a re-INVITE that we answered
            return
        self._fail(CallRejected(_REQUEST_TIMEOUT))
        self._end(Ended("cancel" if self._is_cancelled else "timeout", _REQUEST_TIMEOUT))

    def _on_provisional(self, response: Response) -> None:
        is_first = not self._had_provisional
        self._had_provisional = True
        if is_first and self._is_cancelled:
            self._send_cancel()
        if response.status == _TRYING:
            return
        if response.status in _RINGING:
            self.ringing.set()
        self._progress.put_nowait(Progress(response.status, response.reason, _sdp_of(response)))

    def _on_answer(self, response: Response) -> None:
        known = self._acks.get(response.to_tag)
        if known is not None:
            self._stack.send(*known)
            return
        dialog = self._acknowledge(response)
        sdp = _sdp_of(response)
        if dialog is None:
            self._on_refusal(_UNAVAILABLE, "answer without a usable Contact")
        elif self._acks_so_far > 1 or self._is_cancelled or sdp is None:
            send_bye(self._stack, dialog, next_hop(dialog, self._peer))
            if self._acks_so_far == 1:
                self._on_refusal(_TERMINATED if self._is_cancelled else _NOT_ACCEPTABLE, None)
        else:
            self._confirm(dialog, response, sdp)

    @property
    def _acks_so_far(self) -> int:
        return len(self._acks)

    def _acknowledge(self, response: Response) -> Dialog | None:
        assert self._transaction is not None  # noqa: S101 - responses come after the request
        invite = self._transaction.request
        try:
            dialog = Dialog.of_client(invite, response)
        except MalformedMessage:
            return None
        target = next_hop(dialog, self._peer)
        ack = dialog.ack(invite, self._stack.via(target)).encode()
        self._acks[response.to_tag] = (ack, target)
        self._stack.send(ack, target)
        return dialog

    def _confirm(self, dialog: Dialog, response: Response, sdp: str) -> None:
        self._dialog = dialog
        self._registry.enter(self, dialog)
        self.remote_sdp = sdp
        self._progress.put_nowait(Progress(response.status, response.reason, sdp))
        if not self.answered.done():
            self.answered.set_result(sdp)

    def _on_refusal(self, status: int, reason: str | None) -> None:
        rejected = CallRejected(status, reason)
        self._progress.put_nowait(Progress(status, rejected.reason, None))
        self._fail(rejected)
        self._end(Ended("cancel" if self._is_cancelled else "remote", status))

    def _fail(self, rejected: CallRejected) -> None:
        if not self.answered.done():
            self.answered.set_exception(rejected)

    def _send_cancel(self) -> None:
        assert self._transaction is not None  # noqa: S101 - a provisional response came
        self._stack.tell(cancel_of(self._transaction.request), self._target)
        self._stack.abandon(self._transaction)

    def _invite_request(
        self, to_uri: str, from_uri: str, from_display: str | None, headers: Mapping[str, str]
    ) -> Request:
        for uri in (to_uri, from_uri):
            grammar.parse_uri(uri)
        if self.local_sdp is None or not self._stack.can_reach(self._target):
            raise CallRejected(_UNAVAILABLE, f"{self._target[0]}:{self._target[1]} is no address that can be called")
        display = f"{grammar.quoted(from_display)} " if from_display else ""
        fields = [
            ("Via", self._stack.via(self._target)),
            ("Max-Forwards", "70"),
            ("From", f"{display}<{from_uri}>;tag={secrets.token_hex(8)}"),
            ("To", f"<{to_uri}>"),
            ("Call-ID", self.sip_call_id),
            ("CSeq", "1 INVITE"),
            ("Contact", self._stack.contact(self._target)),
            ("User-Agent", self._stack.user_agent),
            *self._stack.capabilities(),
            *headers.items(),
            ("Content-Type", SDP),
        ]
        return Request(Headers(fields), (self.local_sdp or "").encode(), method="INVITE", uri=to_uri)


def _sdp_of(response: Response) -> str | None:
    try:
        return response.text()
    except MalformedMessage:
        return None
