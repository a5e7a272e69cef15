"""The four transactions and the layer on a virtual clock; timer names are those of RFC 3261 §17."""

from collections.abc import Callable

import pytest
from tests.unit.wire.sip_samples import PEER, request, response

from callwright.wire.sip.client_invite import ClientInvite, cancel_of
from callwright.wire.sip.message import Request, parse
from callwright.wire.sip.respond import response_to
from callwright.wire.sip.server_invite import ServerInvite
from callwright.wire.sip.timers import Timers
from callwright.wire.sip.transaction import (
    AckArrived,
    Action,
    RequestArrived,
    ResponseArrived,
    Send,
    ServerTransaction,
    State,
    StrayResponse,
    Terminated,
    TimedOut,
)
from callwright.wire.sip.transaction_layer import TooManyTransactions, TransactionLayer


def kinds(actions: list[Action]) -> list[str]:
    return [type(action).__name__ for action in actions]


def sent(actions: list[Action]) -> list[str]:
    """The first words of what was sent."""
    return [action.data.decode().split(" sip:")[0].split("\r\n")[0] for action in actions if isinstance(action, Send)]


class Clock:
    """Runs a layer through time and notes when it sent what."""

    def __init__(self, layer: TransactionLayer) -> None:
        self.layer = layer
        self.now_s = 0.0
        self.log: list[tuple[float, Action]] = []

    def run_until(self, end_s: float) -> list[Action]:
        actions: list[Action] = []
        while (due_s := self.layer.next_due_s) is not None and due_s <= end_s:
            self.now_s = due_s
            happened = self.layer.expire(due_s)
            self.log += [(due_s, action) for action in happened]
            actions += happened
        self.now_s = end_s
        return actions

    def sent_at(self) -> list[float]:
        return [at_s for at_s, action in self.log if isinstance(action, Send)]


@pytest.fixture
def layer() -> TransactionLayer:
    return TransactionLayer()


@pytest.fixture
def clock(layer: TransactionLayer) -> Clock:
    return Clock(layer)


def arrive(layer: TransactionLayer, message: Request, now_s: float = 0.0) -> ServerTransaction:
    [action] = layer.receive(message, PEER, now_s)
    assert isinstance(action, RequestArrived)
    return action.transaction


def invite_sent(layer: TransactionLayer) -> ClientInvite:
    transaction, actions = layer.send_request(request(), PEER, 0.0)
    assert sent(actions) == ["INVITE"]
    assert isinstance(transaction, ClientInvite)
    return transaction


class TestClientInvite:
    def test_is_repeated_at_doubling_intervals_until_it_times_out(self, layer: TransactionLayer, clock: Clock) -> None:
        invite_sent(layer)
        assert kinds(clock.run_until(31.9)) == ["Send"] * 6
        assert clock.sent_at() == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
        assert kinds(clock.run_until(40)) == ["TimedOut", "Terminated"]
        assert len(layer) == 0

    def test_a_provisional_response_stops_the_repeats_and_the_time_out(
        self, layer: TransactionLayer, clock: Clock
    ) -> None:
        invite = invite_sent(layer)
        assert kinds(layer.receive(response(invite.request, 180), PEER, 0.1)) == ["ResponseArrived"]
        assert clock.run_until(1000) == []

    def test_after_a_cancel_it_ends_even_without_a_final_response(self, layer: TransactionLayer, clock: Clock) -> None:
        invite = invite_sent(layer)
        layer.receive(response(invite.request, 180), PEER, 0.1)
        layer.abandon(invite, 1.0)
        assert kinds(clock.run_until(100)) == ["TimedOut", "Terminated"]
        assert clock.log[0][0] == 33.0

    def test_a_refusal_is_acknowledged_each_time_and_told_once(self, layer: TransactionLayer, clock: Clock) -> None:
        invite = invite_sent(layer)
        refusal = response(invite.request, 486)
        first = layer.receive(refusal, PEER, 0.1)
        assert kinds(first) == ["Send", "ResponseArrived"]
        assert sent(layer.receive(refusal, PEER, 1.0)) == ["ACK"]
        assert isinstance(first[0], Send)
        ack = parse(first[0].data)
        assert (ack.branch, ack.cseq.sequence, ack.to_tag) == (invite.request.branch, 1, "bob")
        assert kinds(clock.run_until(100)) == ["Terminated"]
        assert layer.receive(refusal, PEER, 101) == [StrayResponse(refusal, PEER)]

    def test_every_answer_of_a_fork_is_told_while_accepted(self, layer: TransactionLayer, clock: Clock) -> None:
        invite = invite_sent(layer)
        for tag in ("bob", "bob", "carol"):
            assert kinds(layer.receive(response(invite.request, 200, tag), PEER, 0.1)) == ["ResponseArrived"]
        assert layer.receive(response(invite.request, 486), PEER, 0.2) == []
        assert layer.receive(response(invite.request, 180), PEER, 0.2) == []
        assert kinds(clock.run_until(100)) == ["Terminated"]

    def test_a_cancel_shares_its_branch_and_number(self) -> None:
        invite = request()
        invite.headers.add("Route", "<sip:proxy.invalid;lr>")
        cancel = cancel_of(invite)
        assert (cancel.method, cancel.branch, cancel.uri) == ("CANCEL", invite.branch, invite.uri)
        assert cancel.cseq.sequence == 1
        assert cancel.headers.all("Route") == ["<sip:proxy.invalid;lr>"]


class TestClientNonInvite:
    def test_is_repeated_up_to_every_t2(self, layer: TransactionLayer, clock: Clock) -> None:
        layer.send_request(request("OPTIONS"), PEER, 0.0)
        clock.run_until(100)
        assert clock.sent_at() == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
        assert kinds([action for _, action in clock.log[-2:]]) == ["TimedOut", "Terminated"]

    def test_a_provisional_response_slows_the_repeats_to_t2(self, layer: TransactionLayer, clock: Clock) -> None:
        transaction, _ = layer.send_request(request("OPTIONS"), PEER, 0.0)
        layer.receive(response(transaction.request, 100), PEER, 0.1)
        clock.run_until(9)
        assert clock.sent_at() == [0.5, 4.5, 8.5]

    def test_the_final_response_is_told_once(self, layer: TransactionLayer, clock: Clock) -> None:
        transaction, _ = layer.send_request(request("OPTIONS"), PEER, 0.0)
        final = response(transaction.request, 200)
        assert layer.receive(final, PEER, 0.1) == [ResponseArrived(transaction, final, PEER)]
        assert layer.receive(final, PEER, 0.2) == []
        assert clock.run_until(100) == [Terminated(transaction)]
        assert clock.log[0][0] == 5.1


class TestServerInvite:
    def test_the_same_invite_three_times_is_one_request(self, layer: TransactionLayer) -> None:
        invite = arrive(layer, request())
        assert layer.receive(request(), PEER, 0.1) == []
        layer.respond(invite, response_to(invite.request, 180, to_tag="me"), 0.2)
        assert sent(layer.receive(request(), PEER, 0.3)) == ["SIP/2.0 180 Ringing"]

    @pytest.mark.parametrize("other", ["branch", "sent-by", "method"])
    def test_another_branch_sender_or_method_is_another_request(self, layer: TransactionLayer, other: str) -> None:
        arrive(layer, request())
        data = request().encode()
        changed = {
            "branch": data.replace(b"z9hG4bK-1", b"z9hG4bK-2"),
            "sent-by": data.replace(b"UDP 192.0.2.10:5060", b"UDP 192.0.2.10:5062"),
            "method": data.replace(b"INVITE", b"OPTIONS"),
        }[other]
        assert kinds(layer.receive(parse(changed), PEER, 0.1)) == ["RequestArrived"]

    def test_without_the_magic_cookie_requests_are_told_apart_as_in_rfc_2543(self, layer: TransactionLayer) -> None:
        arrive(layer, request(branch="old"))
        assert layer.receive(request(branch="old"), PEER, 0.1) == []
        assert kinds(layer.receive(request(branch="old", sequence=2), PEER, 0.1)) == ["RequestArrived"]

    def test_a_refusal_is_repeated_until_its_ack(self, layer: TransactionLayer, clock: Clock) -> None:
        invite = arrive(layer, request())
        assert sent(layer.respond(invite, response_to(invite.request, 486, to_tag="me"), 0.0)) == [
            "SIP/2.0 486 Busy Here"
        ]
        clock.run_until(8)
        assert clock.sent_at() == [0.5, 1.5, 3.5, 7.5]
        assert layer.receive(request("ACK", to_tag="me"), PEER, 8.0) == []
        assert layer.receive(request(), PEER, 8.1) == []
        assert kinds(clock.run_until(100)) == ["Terminated"]
        assert clock.log[-1][0] == 13.0

    def test_a_refusal_that_nobody_acknowledges_times_out(self, layer: TransactionLayer, clock: Clock) -> None:
        invite = arrive(layer, request())
        layer.respond(invite, response_to(invite.request, 486, to_tag="me"), 0.0)
        assert kinds(clock.run_until(100))[-2:] == ["TimedOut", "Terminated"]

    def test_after_an_answer_copies_are_absorbed_and_its_ack_told(self, layer: TransactionLayer, clock: Clock) -> None:
        invite = arrive(layer, request())
        layer.respond(invite, response_to(invite.request, 200, to_tag="me"), 0.0)
        assert invite.state is State.ACCEPTED
        assert layer.receive(request(), PEER, 0.1) == []
        assert kinds(layer.receive(request("ACK", to_tag="me"), PEER, 0.2)) == ["AckArrived"]
        assert kinds(clock.run_until(100)) == ["Terminated"]

    def test_the_ack_to_an_answer_has_a_branch_of_its_own(self, layer: TransactionLayer) -> None:
        ack = request("ACK", branch="z9hG4bK-9", to_tag="me")
        assert layer.receive(ack, PEER, 0.0) == [AckArrived(ack, PEER)]

    def test_a_second_final_response_is_not_sent(self, layer: TransactionLayer) -> None:
        invite = arrive(layer, request())
        layer.respond(invite, response_to(invite.request, 486, to_tag="me"), 0.0)
        assert layer.respond(invite, response_to(invite.request, 200, to_tag="me"), 0.1) == []
        assert layer.respond(invite, response_to(invite.request, 180, to_tag="me"), 0.1) == []

    def test_an_answer_is_repeated_until_it_is_stopped(self, layer: TransactionLayer, clock: Clock) -> None:
        invite = arrive(layer, request())
        assert isinstance(invite, ServerInvite)
        answer = response_to(invite.request, 200, to_tag="me")
        layer.respond(invite, answer, 0.0)
        repeat = layer.repeat_answer(invite, answer, 0.0)
        clock.run_until(12)
        assert clock.sent_at() == [0.5, 1.5, 3.5, 7.5, 11.5]
        assert repeat.terminate() == [Terminated(repeat)]
        assert clock.run_until(31) == []

    def test_an_answer_without_ack_times_out(self, layer: TransactionLayer, clock: Clock) -> None:
        invite = arrive(layer, request())
        assert isinstance(invite, ServerInvite)
        answer = response_to(invite.request, 200, to_tag="me")
        layer.respond(invite, answer, 0.0)
        repeat = layer.repeat_answer(invite, answer, 0.0)
        assert TimedOut(repeat) in clock.run_until(32.1)

    def test_a_cancel_finds_its_invite(self, layer: TransactionLayer) -> None:
        invite = arrive(layer, request())
        cancel = arrive(layer, request("CANCEL"))
        assert layer.invite_cancelled_by(cancel.request) is invite
        assert layer.invite_cancelled_by(request("CANCEL", branch="z9hG4bK-other")) is None


class TestServerNonInvite:
    def test_copies_get_the_last_response(self, layer: TransactionLayer, clock: Clock) -> None:
        bye = arrive(layer, request("BYE", to_tag="me"))
        assert layer.receive(request("BYE", to_tag="me"), PEER, 0.1) == []
        layer.respond(bye, response_to(bye.request, 200), 0.2)
        assert sent(layer.receive(request("BYE", to_tag="me"), PEER, 0.3)) == ["SIP/2.0 200 OK"]
        assert layer.respond(bye, response_to(bye.request, 500), 0.4) == []
        assert kinds(clock.run_until(100)) == ["Terminated"]
        assert clock.log[0][0] == 32.2


def test_over_a_reliable_transport_nothing_is_repeated() -> None:
    layer = TransactionLayer(is_reliable=True)
    clock = Clock(layer)
    layer.send_request(request(), PEER, 0.0)
    layer.send_request(request("OPTIONS", branch="z9hG4bK-2"), PEER, 0.0)
    invite = arrive(layer, request(branch="z9hG4bK-3"))
    layer.respond(invite, response_to(invite.request, 486, to_tag="me"), 0.0)
    assert set(kinds(clock.run_until(100))) == {"TimedOut", "Terminated"}


def test_beyond_the_bound_requests_are_answered_503_and_ours_are_refused() -> None:
    layer = TransactionLayer(most_transactions=1)
    arrive(layer, request())
    assert sent(layer.receive(request("OPTIONS"), PEER, 0.0)) == ["SIP/2.0 503 Service Unavailable"]
    with pytest.raises(TooManyTransactions):
        layer.send_request(request("OPTIONS"), PEER, 0.0)
    assert len(layer) == 1


def test_copies_do_not_make_the_timer_heap_grow(layer: TransactionLayer) -> None:
    invite = arrive(layer, request())
    layer.respond(invite, response_to(invite.request, 200, to_tag="me"), 0.0)
    before = len(layer._heap)
    for _ in range(100):
        layer.receive(request(), PEER, 0.1)
    assert len(layer._heap) == before


@pytest.mark.parametrize("make", [Timers, lambda: Timers(t1_s=0.05)])
def test_patience_is_64_round_trips(make: Callable[[], Timers]) -> None:
    timers = make()
    assert timers.patience_s == 64 * timers.t1_s
