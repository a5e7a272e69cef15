"""What incoming and outgoing calls share once there is a dialog: BYE, re-INVITE, UPDATE, INFO and the end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import structlog

from callwright.voice.gate import required_extensions
from callwright.voice.sip_stack import SipStack
from callwright.voice.transport import Address, is_sendable
from callwright.wire.sip.answer_repeat import AnswerRepeat
from callwright.wire.sip.dialog import Dialog, OutOfOrder
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.message import Request, Response
from callwright.wire.sip.respond import response_to
from callwright.wire.sip.server_invite import ServerInvite
from callwright.wire.sip.transaction import ServerTransaction, Transaction
from callwright.wire.sip.transaction_layer import TooManyTransactions

log = structlog.get_logger()

SDP = "application/sdp"


@dataclass(frozen=True)
class Ended:
    """How a call ended: by whom, and the SIP status that ended it when there was one."""

    by: Literal["remote", "local", "timeout", "cancel"]
    status: int | None = None


class CallRegistry(Protocol):
    """Where requests in a dialog find their call."""

    def enter(self, call: "SipCall", dialog: Dialog) -> None: ...

    def leave(self, dialog: Dialog) -> None: ...


class SipCall:
    """A call with its dialog. `ended` resolves exactly once."""

    def __init__(self, stack: SipStack, registry: CallRegistry, sip_call_id: str) -> None:
        self.sip_call_id = sip_call_id
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        #: Takes the peer's new offer and answers ours; also told an answer that came in an ACK.
        self.on_reoffer: Callable[[str], str] | None = None
        #: Content type and body of a SIP INFO.
        self.on_info: Callable[[str, bytes], None] | None = None
        self.local_sdp: str | None = None
        self.remote_sdp: str | None = None
        self._stack = stack
        self._registry = registry
        self._dialog: Dialog | None = None
        #: Where the peer's last message of this call came from: the way back when its Contact is no address.
        self._peer: Address = ("", 0)
        #: The peer is behind NAT: its Contact names an address that does not work from here.
        self._answers_to_peer = False
        self._repeat: AnswerRepeat | None = None
        self._awaits_sdp_in_ack = False

    @property
    def is_over(self) -> bool:
        return self.ended.done()

    def abort(self) -> None:
        """Hang up without waiting for anything."""
        raise NotImplementedError

    def on_request(self, transaction: ServerTransaction, source: Address) -> None:
        """A request in the dialog, not seen before."""
        request = transaction.request
        self._peer = source
        dialog = self._dialog
        if dialog is None:
            self._respond(transaction, 481)
            return
        try:
            dialog.receive(request)
            refused = required_extensions(request)
        except OutOfOrder:
            self._respond(transaction, 500)
            return
        if refused:
            self._respond(transaction, 420, headers=[("Unsupported", ", ".join(refused))])
            return
        serve = _IN_DIALOG.get(request.method)
        if serve is None:
            self._respond(transaction, 405, headers=self._stack.capabilities()[:1])
            return
        serve(self, transaction)

    def on_ack(self, request: Request, source: Address) -> None:
        """The ACK to our 2xx."""
        self._peer = source
        repeat = self._repeat
        if repeat is None or repeat.request.cseq.sequence != request.cseq.sequence:
            return
        self._repeat = None
        self._stack.stop(repeat)
        answer = _sdp_of(request)
        if answer is not None and self._awaits_sdp_in_ack:
            self.remote_sdp = answer
        self._acknowledged(answer if self._awaits_sdp_in_ack else None, is_first=repeat.invite is self._first_invite)
        self._awaits_sdp_in_ack = False

    def on_timeout(self, transaction: Transaction) -> None:
        """Our 2xx was never acknowledged: the session is over, and the peer is told (§13.3.1.4)."""
        self._repeat = None
        self._bye()
        self._end(Ended("timeout"))

    def on_response(self, response: Response, source: Address) -> None:
        """Only an outgoing INVITE waits for responses."""

    @property
    def _first_invite(self) -> ServerInvite | None:
        return None

    def _acknowledged(self, answer: str | None, *, is_first: bool) -> None:
        """An ACK came, with the SDP answer when we made the offer."""
        if answer is not None and not is_first:
            self._reoffered(answer)

    def _serve_bye(self, transaction: ServerTransaction) -> None:
        self._respond(transaction, 200)
        self._end(Ended("remote"))

    def _serve_invite(self, transaction: ServerTransaction) -> None:
        dialog = self._dialog
        assert isinstance(transaction, ServerInvite)  # noqa: S101 - the layer makes no other one for INVITE
        assert dialog is not None  # noqa: S101 - on_request has looked
        if self._repeat is not None or not dialog.is_confirmed:
            self._respond(transaction, 500, headers=[("Retry-After", "1")])  # §14.2
            return
        answer = self._negotiated(transaction)
        if answer is None:
            return
        response = self._answer(transaction, answer)
        self._awaits_sdp_in_ack = not transaction.request.body
        self._repeat = self._stack.repeat_answer(transaction, response, self)

    def _serve_update(self, transaction: ServerTransaction) -> None:
        if not transaction.request.body:
            self._refresh(transaction.request)
            self._respond(transaction, 200, headers=[("Contact", self._stack.contact(self._peer))])
            return
        if self._repeat is not None:
            self._respond(transaction, 500, headers=[("Retry-After", "1")])  # RFC 3311 §5.2
            return
        answer = self._negotiated(transaction)
        if answer is not None:
            self._answer(transaction, answer)

    def _serve_info(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        content_type = (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if request.body and self.on_info is None:
            self._respond(transaction, 415)
            return
        if request.body and self.on_info is not None:
            try:
                self.on_info(content_type, request.body)
            except Exception:
                log.exception("SIP INFO failed", sip_call_id=self.sip_call_id)
        self._respond(transaction, 200)

    def _serve_options(self, transaction: ServerTransaction) -> None:
        self._respond(transaction, 200, headers=self._stack.capabilities())

    def _negotiated(self, transaction: ServerTransaction) -> str | None:
        """Our SDP for the peer's offer (or our offer, when it made none); None when it was refused."""
        request = transaction.request
        try:
            offer = request.text()
            answer = self.local_sdp if offer is None else self._reoffered(offer)
            self._refresh(request)
        except MalformedMessage:
            answer = None
        if answer is None or (request.body and offer is None):
            self._respond(transaction, 488)
            return None
        if offer is not None:
            self.remote_sdp = offer
        self.local_sdp = answer
        return answer

    def _reoffered(self, sdp: str) -> str | None:
        if self.on_reoffer is None:
            return None
        try:
            return self.on_reoffer(sdp)
        except Exception as error:
            log.warning("offer refused", sip_call_id=self.sip_call_id, error=str(error))
            return None

    def _refresh(self, request: Request) -> None:
        if self._dialog is not None:
            self._dialog.refresh_target(request)

    def _answer(self, transaction: ServerTransaction, sdp: str) -> Response:
        headers = [("Contact", self._stack.contact(transaction.target)), *self._stack.capabilities()]
        return self._respond(transaction, 200, headers=[*headers, ("Content-Type", SDP)], body=sdp.encode())

    def _respond(
        self,
        transaction: ServerTransaction,
        status: int,
        reason: str | None = None,
        headers: list[tuple[str, str]] | None = None,
        body: bytes = b"",
    ) -> Response:
        response = response_to(
            transaction.request,
            status,
            reason,
            to_tag=None if self._dialog is None else self._dialog.local_tag,
            headers=[("Server", self._stack.user_agent), *(headers or [])],
            body=body,
        )
        self._stack.respond(transaction, response)
        return response

    def _bye(self) -> None:
        dialog = self._dialog
        if dialog is not None:
            send_bye(self._stack, dialog, self._next_hop(dialog))

    def _next_hop(self, dialog: Dialog) -> Address:
        return self._peer if self._answers_to_peer else next_hop(dialog, self._peer)

    def _end(self, how: Ended) -> None:
        """The call is over, whatever comes later."""
        if self.ended.done():
            return
        if self._repeat is not None:
            self._stack.stop(self._repeat)
            self._repeat = None
        if self._dialog is not None:
            self._registry.leave(self._dialog)
        self.ended.set_result(how)


_IN_DIALOG: dict[str, Callable[[SipCall, ServerTransaction], None]] = {
    "BYE": SipCall._serve_bye,
    "INVITE": SipCall._serve_invite,
    "UPDATE": SipCall._serve_update,
    "INFO": SipCall._serve_info,
    "OPTIONS": SipCall._serve_options,
}


def send_bye(stack: SipStack, dialog: Dialog, target: Address) -> None:
    """End a dialog; nobody waits for the answer."""
    bye = dialog.next_request("BYE", stack.via(target), [("User-Agent", stack.user_agent)])
    try:
        stack.tell(bye, target)
    except TooManyTransactions:
        stack.send(bye.encode(), target)  # once is better than never


def next_hop(dialog: Dialog, peer: Address) -> Address:
    """Where requests of the dialog go: its route or remote target, or the peer's own address if that is a name."""
    try:
        host, port = dialog.next_hop()
    except MalformedMessage:
        return peer
    version = 6 if ":" in peer[0] else 4
    return (host, port) if is_sendable(host, port, version) else peer


def _sdp_of(message: Request | Response) -> str | None:
    try:
        return message.text()
    except MalformedMessage:
        return None
