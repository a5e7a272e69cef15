"""Any order of messages, copies and time: nothing is sent after the end, and everything ends."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.wire.sip_samples import PEER, request, response

from callwright.wire.sip.message import Request
from callwright.wire.sip.respond import response_to
from callwright.wire.sip.transaction import (
    Action,
    ClientTransaction,
    RequestArrived,
    ResponseArrived,
    Send,
    ServerTransaction,
    Terminated,
    TimedOut,
    Transaction,
)
from callwright.wire.sip.transaction_layer import TransactionLayer

_METHODS = st.sampled_from(["INVITE", "OPTIONS"])
_STATUSES = st.sampled_from([100, 180, 200, 302, 486, 603])


class Transactions(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.layer = TransactionLayer()
        self.now_s = 0.0
        self.ended: set[Transaction] = set()
        self.servers: list[ServerTransaction] = []
        self.clients: list[ClientTransaction] = []
        self.final_told: dict[Transaction, int] = {}
        self.timed_out: set[Transaction] = set()

    def watch(self, actions: list[Action], of: Transaction | None = None) -> None:
        was_over = of is not None and of in self.ended
        for action in actions:
            if isinstance(action, Send):
                assert not was_over, "sent after the end"
            elif isinstance(action, Terminated):
                assert action.transaction not in self.ended, "ended twice"
                self.ended.add(action.transaction)
            elif isinstance(action, RequestArrived):
                self.servers.append(action.transaction)
            elif isinstance(action, TimedOut):
                assert action.transaction not in self.timed_out
                self.timed_out.add(action.transaction)
            elif isinstance(action, ResponseArrived) and not action.response.is_provisional:
                told = self.final_told.get(action.transaction)
                assert told is None or (told < 300 and action.response.is_success), "two final responses told"
                self.final_told[action.transaction] = action.response.status

    @initialize()
    def start(self) -> None:
        self.number = 0

    def next_branch(self) -> str:
        self.number += 1
        return f"z9hG4bK-{self.number}"

    @rule(method=_METHODS)
    def we_send(self, method: str) -> None:
        transaction, actions = self.layer.send_request(request(method, branch=self.next_branch()), PEER, self.now_s)
        self.clients.append(transaction)
        self.watch(actions, transaction)

    @rule(method=_METHODS)
    def the_peer_sends(self, method: str) -> None:
        self.watch(self.layer.receive(request(method, branch=self.next_branch()), PEER, self.now_s))

    @precondition(lambda self: self.servers)
    @rule(data=st.data(), ack=st.booleans())
    def the_peer_repeats(self, data: st.DataObject, ack: bool) -> None:
        transaction = data.draw(st.sampled_from(self.servers))
        known = transaction.request
        method = "ACK" if ack and known.method == "INVITE" else known.method
        copy: Request = request(method, branch=known.branch)
        if transaction not in self.ended:
            before = len(self.servers)
            self.watch(self.layer.receive(copy, PEER, self.now_s), transaction)
            assert len(self.servers) == before, "a copy became a request"

    @precondition(lambda self: self.servers)
    @rule(data=st.data(), status=_STATUSES)
    def we_respond(self, data: st.DataObject, status: int) -> None:
        transaction = data.draw(st.sampled_from(self.servers))
        answer = response_to(transaction.request, status, to_tag="me")
        self.watch(self.layer.respond(transaction, answer, self.now_s), transaction)

    @precondition(lambda self: self.clients)
    @rule(data=st.data(), status=_STATUSES)
    def the_peer_responds(self, data: st.DataObject, status: int) -> None:
        transaction = data.draw(st.sampled_from(self.clients))
        self.watch(self.layer.receive(response(transaction.request, status), PEER, self.now_s), transaction)

    @rule(step_s=st.sampled_from([0.0, 0.1, 0.5, 4.0, 40.0]))
    def time_passes(self, step_s: float) -> None:
        self.now_s += step_s
        self.watch(self.layer.expire(self.now_s))

    @invariant()
    def what_ended_is_forgotten(self) -> None:
        alive = len(self.clients) + len(self.servers) - len(self.ended)
        assert len(self.layer) == alive

    @invariant()
    def nothing_is_due_in_the_past(self) -> None:
        due_s = self.layer.next_due_s
        assert due_s is None or due_s >= self.now_s

    def teardown(self) -> None:
        for transaction in self.servers:
            self.watch(self.layer.respond(transaction, response_to(transaction.request, 486), self.now_s))
        for client in self.clients:
            self.watch(self.layer.receive(response(client.request, 486), PEER, self.now_s))
        for _ in range(20):
            self.now_s += 10
            self.watch(self.layer.expire(self.now_s))
        assert len(self.layer) == 0, "a transaction never ends"


TestTransactions = Transactions.TestCase
TestTransactions.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
