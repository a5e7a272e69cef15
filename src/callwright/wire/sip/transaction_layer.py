"""Matches messages to transactions and keeps all their timers in one heap (RFC 3261 §17.1.3, §17.2.3)."""

import heapq
from itertools import count

from callwright.wire.sip import grammar
from callwright.wire.sip.answer_repeat import AnswerRepeat
from callwright.wire.sip.client_invite import ClientInvite
from callwright.wire.sip.client_non_invite import ClientNonInvite
from callwright.wire.sip.message import Request, Response
from callwright.wire.sip.respond import response_target, response_to, stamp_source
from callwright.wire.sip.server_invite import ServerInvite
from callwright.wire.sip.server_non_invite import ServerNonInvite
from callwright.wire.sip.timers import Timers
from callwright.wire.sip.transaction import (
    AckArrived,
    Action,
    Address,
    ClientTransaction,
    Send,
    ServerTransaction,
    StrayResponse,
    Transaction,
)

#: RFC 3261 §8.1.1.7: branches that begin with it are unique.
MAGIC_COOKIE = "z9hG4bK"
_DEFAULT_PORT = 5060
_BUSY_STATUS = 503

Key = tuple[object, ...]


class TooManyTransactions(RuntimeError):
    """The bound on concurrent transactions is reached; try again later."""


class TransactionLayer:
    """All transactions of one transport. Pure: time comes in, actions go out.

    After every call, `next_due_s` says when `expire` wants to be called.
    """

    def __init__(
        self, timers: Timers | None = None, *, is_reliable: bool = False, most_transactions: int = 50_000
    ) -> None:
        self.timers = timers or Timers()
        self._is_reliable = is_reliable
        self._most_transactions = most_transactions
        self._clients: dict[Key, ClientTransaction] = {}
        self._servers: dict[Key, ServerTransaction] = {}
        self._heap: list[tuple[float, int, Transaction]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    @property
    def next_due_s(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def receive(self, message: Request | Response, source: Address, now_s: float) -> list[Action]:
        """A message came in from `source`, a numeric address."""
        if isinstance(message, Response):
            return self._receive_response(message, source, now_s)
        key = server_key(message)
        known = self._servers.get(key)
        if known is not None:
            return self._kept(known, known.receive(message, source, now_s))
        if message.method == "ACK":
            return [AckArrived(message, source)]
        stamp_source(message, source)
        target = response_target(message, source)
        if len(self) >= self._most_transactions:
            busy = response_to(message, _BUSY_STATUS, to_tag="busy", headers=[("Retry-After", "5")])
            return [Send(busy.encode(), target)]
        kind: type[ServerTransaction] = ServerInvite if message.method == "INVITE" else ServerNonInvite
        created = kind(message, target, self.timers, self._is_reliable)
        self._servers[key] = created
        return self._kept(created, created.start(source))

    def knows(self, request: Request) -> bool:
        """Whether it is a copy of a request that was taken before, or the ACK to a refusal."""
        return server_key(request) in self._servers

    def invite_cancelled_by(self, cancel: Request) -> ServerInvite | None:
        """The INVITE that a CANCEL names (RFC 3261 §9.2)."""
        found = self._servers.get(server_key(cancel, "INVITE"))
        return found if isinstance(found, ServerInvite) else None

    def send_request(self, request: Request, target: Address, now_s: float) -> tuple[ClientTransaction, list[Action]]:
        """Start a client transaction; the request carries a fresh branch. Raises TooManyTransactions."""
        if len(self) >= self._most_transactions:
            raise TooManyTransactions("too many SIP transactions at once")
        kind: type[ClientTransaction] = ClientInvite if request.method == "INVITE" else ClientNonInvite
        created = kind(request, target, self.timers, self._is_reliable)
        self._clients[(request.branch, request.method)] = created
        return created, self._kept(created, created.start(now_s))

    def respond(self, transaction: ServerTransaction, response: Response, now_s: float) -> list[Action]:
        return self._kept(transaction, transaction.respond(response, now_s))

    def repeat_answer(self, invite: ServerInvite, answer: Response, now_s: float) -> AnswerRepeat:
        """Repeat a 2xx that `respond` has sent, until `terminate` (the ACK came)."""
        repeat = AnswerRepeat(invite, answer, self.timers)
        repeat.start(now_s)
        self._kept(repeat, [])
        return repeat

    def abandon(self, transaction: ClientInvite, now_s: float) -> None:
        """A CANCEL for it was sent."""
        transaction.abandon(now_s)
        self._kept(transaction, [])

    def expire(self, now_s: float) -> list[Action]:
        """Let every timer that is due run out."""
        actions: list[Action] = []
        while self._heap and self._heap[0][0] <= now_s:
            at_s, _, transaction = heapq.heappop(self._heap)
            if transaction.due_s == at_s:
                transaction.scheduled_s = None
                actions += self._kept(transaction, transaction.expire(now_s))
        return actions

    def _receive_response(self, response: Response, source: Address, now_s: float) -> list[Action]:
        known = self._clients.get((response.branch, response.cseq.method))
        if known is None:
            return [StrayResponse(response, source)]
        return self._kept(known, known.receive(response, source, now_s))

    def _kept(self, transaction: Transaction, actions: list[Action]) -> list[Action]:
        """Note what the transaction's next timer is, or forget it."""
        if transaction.is_terminated:
            self._forget(transaction)
        elif transaction.due_s is not None and transaction.due_s != transaction.scheduled_s:
            transaction.scheduled_s = transaction.due_s
            heapq.heappush(self._heap, (transaction.due_s, next(self._order), transaction))
        return actions

    def _forget(self, transaction: Transaction) -> None:
        key: Key
        if isinstance(transaction, ClientTransaction):
            key = (transaction.request.branch, transaction.request.method)
            if self._clients.get(key) is transaction:
                del self._clients[key]
        elif isinstance(transaction, ServerTransaction):
            key = server_key(transaction.request)
            if self._servers.get(key) is transaction:  # a late respond() must not drop its successor
                del self._servers[key]


def server_key(request: Request, method: str | None = None) -> Key:
    """What a request, its copies and its ACK share (RFC 3261 §17.2.3, with the RFC 2543 fallback)."""
    method = method or request.method
    method = "INVITE" if method == "ACK" else method
    via = request.top_via
    if request.branch.startswith(MAGIC_COOKIE) and request.branch != MAGIC_COOKIE:  # RFC 4475 §3.2.1
        return (request.branch, via.host.lower(), via.port or _DEFAULT_PORT, method)
    return (
        request.uri,
        request.from_tag,
        request.call_id,
        request.cseq.sequence,
        via.host.lower(),
        via.port or _DEFAULT_PORT,
        grammar.parameter(via.parameters, "branch"),
        method,
    )
