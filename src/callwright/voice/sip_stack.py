"""Transactions on a socket and a clock: packets and timers in, calls of handlers out."""

import asyncio
import contextlib
import secrets
from typing import Protocol

import structlog

from callwright.voice.transport import Address, Transport
from callwright.wire.sip.answer_repeat import AnswerRepeat
from callwright.wire.sip.client_invite import ClientInvite
from callwright.wire.sip.message import Request, Response
from callwright.wire.sip.server_invite import ServerInvite
from callwright.wire.sip.timers import Timers
from callwright.wire.sip.transaction import (
    AckArrived,
    Action,
    ClientTransaction,
    RequestArrived,
    ResponseArrived,
    Send,
    ServerTransaction,
    State,
    Terminated,
    TimedOut,
    Transaction,
)
from callwright.wire.sip.transaction_layer import MAGIC_COOKIE, TransactionLayer

log = structlog.get_logger()

_REQUEST_TIMEOUT = 408
_WAITING = frozenset({State.CALLING, State.TRYING, State.PROCEEDING})
ALLOWED = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"


class ResponseHandler(Protocol):
    """Who sent a request and wants to know."""

    def on_response(self, response: Response, source: Address) -> None: ...

    def on_timeout(self, transaction: Transaction) -> None: ...


class RequestHandler(Protocol):
    """The user agent: who takes requests."""

    def on_request(self, transaction: ServerTransaction, source: Address) -> None: ...

    def on_ack(self, request: Request, source: Address) -> None:
        """An ACK to a 2xx."""


class SipStack:
    """What calls send and answer with. One timer serves all transactions."""

    def __init__(
        self,
        transport: Transport,
        requests: RequestHandler,
        user_agent: str,
        layer: TransactionLayer,
    ) -> None:
        self.transport = transport
        self.user_agent = user_agent
        self.layer = layer
        self._requests = requests
        self._handlers: dict[Transaction, ResponseHandler] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due_s = 0.0
        #: Set while closing, once no request of ours waits for its final response.
        self._settled: asyncio.Event | None = None

    @property
    def timers(self) -> Timers:
        return self.layer.timers

    def receive(self, message: Request | Response, source: Address) -> None:
        self._perform(self.layer.receive(message, source, _now_s()))

    def send_request(self, request: Request, target: Address, handler: ResponseHandler) -> ClientTransaction:
        """Start a client transaction. Raises TooManyTransactions."""
        transaction, actions = self.layer.send_request(request, target, _now_s())
        self._handlers[transaction] = handler
        self._perform(actions)
        return transaction

    async def ask(self, request: Request, target: Address) -> int:
        """Send a request and wait for its final status; 408 when none comes."""
        status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.send_request(request, target, _FinalStatus(status))
        return await status

    def tell(self, request: Request, target: Address) -> None:
        """Send a request whose answer changes nothing (BYE, CANCEL); its repeats go on by themselves."""
        self.send_request(request, target, _NOBODY)

    def respond(self, transaction: ServerTransaction, response: Response) -> None:
        self._perform(self.layer.respond(transaction, response, _now_s()))

    def repeat_answer(self, invite: ServerInvite, answer: Response, handler: ResponseHandler) -> AnswerRepeat:
        """Repeat a sent 2xx until `stop`; `on_timeout` when no ACK came."""
        repeat = self.layer.repeat_answer(invite, answer, _now_s())
        self._handlers[repeat] = handler
        self._schedule()
        return repeat

    def stop(self, repeat: AnswerRepeat) -> None:
        self._perform(repeat.terminate())

    def abandon(self, transaction: ClientInvite) -> None:
        """A CANCEL was sent for it."""
        self.layer.abandon(transaction, _now_s())
        self._schedule()

    def send(self, data: bytes, target: Address) -> bool:
        """Send outside any transaction: an ACK to a 2xx, a stateless response."""
        return self.transport.send(data, target)

    def can_reach(self, target: Address) -> bool:
        return self.transport.can_send_to(target)

    def via(self, target: Address) -> str:
        """A Via value with a new branch, asking for rport (RFC 3581)."""
        branch = MAGIC_COOKIE + secrets.token_hex(10)
        return f"SIP/2.0/{self.transport.name} {self._own_address(target)};branch={branch};rport"

    def contact(self, target: Address) -> str:
        return f"<sip:{self._own_address(target)}>"

    def capabilities(self) -> list[tuple[str, str]]:
        return [("Allow", ALLOWED), ("Accept", "application/sdp")]

    async def close(self, timeout_s: float) -> None:
        """Wait until our requests are answered, at most so long, and stop."""
        self._settled = asyncio.Event()
        self._perform([])
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), timeout_s)
        if self._timer is not None:
            self._timer.cancel()
        await self.transport.close()

    def _own_address(self, target: Address) -> str:
        host = self.transport.host_toward(target)
        return f"{f'[{host}]' if ':' in host else host}:{self.transport.address[1]}"

    def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            try:
                self._act(action)
            except Exception:  # one call's trouble must not keep the others' packets and timers waiting
                log.exception("SIP event could not be handled", event=type(action).__name__)
        self._schedule()
        if self._settled is not None and not any(open_.state in _WAITING for open_ in self._handlers):
            self._settled.set()

    def _act(self, action: Action) -> None:
        if isinstance(action, Send):
            self.transport.send(action.data, action.target)
        elif isinstance(action, RequestArrived):
            self._requests.on_request(action.transaction, action.source)
        elif isinstance(action, AckArrived):
            self._requests.on_ack(action.request, action.source)
        elif isinstance(action, ResponseArrived):
            self._handlers[action.transaction].on_response(action.response, action.source)
        elif isinstance(action, TimedOut):
            self._time_out(action.transaction)
        elif isinstance(action, Terminated):
            self._handlers.pop(action.transaction, None)

    def _time_out(self, transaction: Transaction) -> None:
        handler = self._handlers.get(transaction)
        if handler is not None:  # a refusal of ours that nobody acknowledged has none
            handler.on_timeout(transaction)

    def _schedule(self) -> None:
        """Keep one timer at the earliest due time; a timer that rings too early only looks and sets the next."""
        due_s = self.layer.next_due_s
        if due_s is None or (self._timer is not None and self._timer_due_s <= due_s):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due_s = due_s  # uvloop's handle has no when() for a time that has passed
        self._timer = asyncio.get_running_loop().call_at(due_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._perform(self.layer.expire(_now_s()))


class _FinalStatus:
    def __init__(self, status: "asyncio.Future[int]") -> None:
        self._status = status

    def on_response(self, response: Response, source: Address) -> None:
        if not response.is_provisional and not self._status.done():
            self._status.set_result(response.status)

    def on_timeout(self, transaction: Transaction) -> None:
        if not self._status.done():
            self._status.set_result(_REQUEST_TIMEOUT)


class _Nobody:
    def on_response(self, response: Response, source: Address) -> None:
        """The peer's opinion changes nothing."""

    def on_timeout(self, transaction: Transaction) -> None:
        log.info("SIP request was not answered", method=transaction.request.method, target=transaction.target)


_NOBODY = _Nobody()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
