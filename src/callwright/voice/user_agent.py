"""The SIP user agent: listens, admits, and hands out calls."""

import secrets
from collections.abc import Awaitable, Callable, Mapping

import structlog

from callwright.voice.gate import FORBIDDEN, Answer, Gate
from callwright.voice.incoming_call import IncomingCall
from callwright.voice.outgoing_call import OutgoingCall
from callwright.voice.sip_call import SipCall
from callwright.voice.sip_stack import SipStack
from callwright.voice.strangers import Strangers
from callwright.voice.transport import Address, UdpTransport
from callwright.wire.sip.dialog import Dialog
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.headers import Headers
from callwright.wire.sip.message import Request, Response, parse
from callwright.wire.sip.respond import refusal_of, response_target, response_to, stamp_source
from callwright.wire.sip.server_invite import ServerInvite
from callwright.wire.sip.timers import Timers
from callwright.wire.sip.transaction import ServerTransaction
from callwright.wire.sip.transaction_layer import TransactionLayer

log = structlog.get_logger()


class UserAgent:
    """Takes and places calls on one UDP address.

    `on_call` is called from the packet handler and must only start the work. `admits(host, port)` False: a request
    outside a dialog other than OPTIONS is answered 403 and never reaches it. `look_again` is awaited before that, once
    for all that wait: whom `admits` then takes gets in.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        on_call: Callable[[IncomingCall], None],
        advertised_host: str | None = None,
        admits: Callable[[str, int], bool] | None = None,
        look_again: Callable[[], Awaitable[None]] | None = None,
        timers: Timers | None = None,
        most_calls: int = 10_000,
    ) -> None:
        self._on_call = on_call
        self._gate = Gate(admits)
        self._strangers = Strangers(look_again, self._receive) if look_again is not None else None
        self._most_calls = most_calls
        self._transport = UdpTransport(self._on_packet, advertised_host)
        self._stack = SipStack(self._transport, self, user_agent, TransactionLayer(timers))
        self._calls: dict[tuple[str, str, str], SipCall] = {}
        self._placed: set[SipCall] = set()
        self._invited: dict[ServerInvite, IncomingCall] = {}
        self._identities: set[tuple[str, str, int]] = set()

    @property
    def address(self) -> Address:
        """Where it listens; the port is the real one after `open` with port 0."""
        return self._transport.address

    @property
    def accepting(self) -> bool:
        """Set False to answer new INVITEs with 503 and Retry-After."""
        return self._gate.accepting

    @accepting.setter
    def accepting(self, value: bool) -> None:
        self._gate.accepting = value

    async def open(self, host: str, port: int) -> None:
        """Listen. Raises OSError."""
        await self._transport.open(host, port)

    async def close(self, timeout_s: float = 2.0) -> None:
        """Hang up what is left, give the goodbyes time to be answered, stop listening."""
        self.accepting = False
        for call in {*self._calls.values(), *self._placed}:
            call.abort()
        if self._strangers is not None:
            self._strangers.close()
        await self._stack.close(timeout_s)

    async def call(
        self,
        *,
        to_uri: str,
        from_uri: str,
        target: Address,
        offer: str,
        headers: Mapping[str, str] | None = None,
        from_display: str | None = None,
    ) -> OutgoingCall:
        """Send an INVITE to `target`, a numeric address.

        Raises CallRejected for a target that cannot be sent to, MalformedMessage (a ValueError) for unusable URIs,
        ValueError for a header that would break its line, TooManyTransactions.
        """
        call = OutgoingCall(self._stack, self, target, offer)
        call.invite(to_uri, from_uri, from_display, headers or {})
        self._placed.add(call)
        call.ended.add_done_callback(lambda _: self._placed.discard(call))
        return call

    async def options(self, target: Address) -> int:
        """Ping the target; the status it answered, 408 when none came."""
        host, port = target
        uri = f"sip:{f'[{host}]' if ':' in host else host}:{port}"
        via = self._stack.via(target)
        fields = [
            ("Via", via),
            ("Max-Forwards", "70"),
            ("From", f"{self._stack.contact(target)};tag={secrets.token_hex(8)}"),
            ("To", f"<{uri}>"),
            ("Call-ID", secrets.token_hex(16)),
            ("CSeq", "1 OPTIONS"),
            ("User-Agent", self._stack.user_agent),
        ]
        return await self._stack.ask(Request(Headers(fields), method="OPTIONS", uri=uri), target)

    def enter(self, call: SipCall, dialog: Dialog) -> None:
        self._calls[dialog.key] = call

    def leave(self, dialog: Dialog) -> None:
        self._calls.pop(dialog.key, None)

    def on_request(self, transaction: ServerTransaction, source: Address) -> None:
        request = transaction.request
        if request.method == "CANCEL":
            self._cancel(transaction)
        elif request.to_tag:
            call = self._call_of(request)
            if call is not None:
                call.on_request(transaction, source)
        elif isinstance(transaction, ServerInvite):
            self._take(transaction, source)

    def on_ack(self, request: Request, source: Address) -> None:
        call = self._call_of(request)
        if call is not None:
            call.on_ack(request, source)

    def _on_packet(self, data: bytes, source: Address) -> None:
        if not data.strip(b"\r\n\x00 "):
            return  # keep-alive (RFC 5626 §3.5.1, and what phones send in its place)
        try:
            message = parse(data)
        except MalformedMessage as error:
            self._refuse_malformed(data, source, error)
            return
        if isinstance(message, Response):
            self._stack.receive(message, source)
        elif self._strangers is not None and self._stateless_answer(message, source) == FORBIDDEN:
            self._strangers.hold(message, source)
        else:
            self._receive(message, source)

    def _receive(self, request: Request, source: Address) -> bool:
        """Answer or take a request; False when its source is not admitted."""
        answer = self._stateless_answer(request, source)
        if answer is None:
            self._stack.receive(request, source)
        else:
            self._answer_stateless(request, source, answer)
        return answer != FORBIDDEN

    def _stateless_answer(self, request: Request, source: Address) -> Answer | None:
        if request.method == "ACK" or self._stack.layer.knows(request):
            return None
        if request.method == "CANCEL":
            return None if self._stack.layer.invite_cancelled_by(request) else Answer(481)
        if request.to_tag:
            return None if self._call_of(request) else Answer(481)
        answer = self._gate.answer(request, source)
        if answer is None and len(self._calls) >= self._most_calls:
            return Answer(503, (("Retry-After", "5"),))
        return answer or self._merged(request)

    def _merged(self, request: Request) -> Answer | None:
        """The same request over another path, after a fork before us (RFC 3261 §8.2.2.2)."""
        return Answer(482) if _identity(request) in self._identities else None

    def _answer_stateless(self, request: Request, source: Address, answer: Answer) -> None:
        stamp_source(request, source)
        headers = [("Server", self._stack.user_agent), *answer.headers]
        response = response_to(request, answer.status, to_tag=self._gate.stable_tag(request), headers=headers)
        self._stack.send(response.encode(), response_target(request, source))

    def _refuse_malformed(self, data: bytes, source: Address, error: MalformedMessage) -> None:
        log.debug("malformed SIP packet", source=source, error=str(error))
        if self._gate.admits is not None and not self._gate.admits(*source):
            return
        refusal = refusal_of(data, error.status, secrets.token_hex(8))
        if refusal is not None:
            self._stack.send(refusal, source)

    def _take(self, transaction: ServerInvite, source: Address) -> None:
        try:
            call = IncomingCall(self._stack, self, transaction, source)
        except MalformedMessage:
            self._stack.respond(transaction, response_to(transaction.request, 400, to_tag=secrets.token_hex(8)))
            return
        call.trying()
        self._invited[transaction] = call
        self._identities.add(_identity(transaction.request))
        call.ended.add_done_callback(lambda _: self._forget(transaction))
        try:
            self._on_call(call)
        except Exception:
            log.exception("incoming call could not be taken", sip_call_id=call.call_id)
            call.reject(500)

    def _forget(self, transaction: ServerInvite) -> None:
        self._invited.pop(transaction, None)
        self._identities.discard(_identity(transaction.request))

    def _cancel(self, transaction: ServerTransaction) -> None:
        invite = self._stack.layer.invite_cancelled_by(transaction.request)
        call = None if invite is None else self._invited.get(invite)
        tag = call.local_tag if call is not None else secrets.token_hex(8)
        self._stack.respond(transaction, response_to(transaction.request, 200, to_tag=tag))
        if call is not None:
            call.cancelled()

    def _call_of(self, message: Request | Response) -> SipCall | None:
        return self._calls.get((message.call_id, message.to_tag, message.from_tag))


def _identity(request: Request) -> tuple[str, str, int]:
    """What the copies of a request that came over several paths have in common."""
    return (request.call_id, request.from_tag, request.cseq.sequence)
