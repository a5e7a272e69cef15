"""The life of a message under anything that can happen to it, in any order: forward only, and told once."""

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.fakes.outgoing import Outgoing

from callwright.model.resources.message import FINAL_STATUSES, Message
from callwright.model.submission import Submission
from callwright.usecases.carrier_traffic import (
    Accepted,
    ForThisServer,
    Outcome,
    Postponed,
    Receipt,
    Refused,
    Sending,
    Unacknowledged,
)

IDS = st.sampled_from(["a", "b", ""])
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Accepted, st.tuples(IDS, IDS), st.booleans()),
    st.builds(Refused, st.sampled_from([30003, 30007]), st.just("no"), st.booleans()),
    st.builds(Postponed, st.just("later"), st.sampled_from([0.0, 5.0])),
    st.builds(Unacknowledged, st.just("lost"), st.one_of(st.just(()), st.tuples(IDS, IDS))),
    st.just(ForThisServer()),
)
ORDER = {"queued": 0, "sending": 1, "sent": 2, "delivered": 3, "undelivered": 3, "failed": 3, "read": 4}


class MessageLife(RuleBasedStateMachine):
    """One message of two parts, two carriers; outcomes may come late, twice, and after the server was started again."""

    def __init__(self) -> None:
        super().__init__()
        self.out = Outgoing()
        self.sendings: list[Sending] = []
        self.seen: list[str] = []

    @initialize(retries=st.booleans(), has_second=st.booleans())
    def send(self, retries: bool, has_second: bool) -> None:
        self.carriers = [self.out.add_carrier("One", priority=1, retry_unacknowledged=retries)]
        if has_second:
            self.carriers.append(self.out.add_carrier("Two", priority=2))
        self.sid = self.out.queue(body="x" * 300, validity_period_s=120).sid

    @property
    def message(self) -> Message:
        return self.out.message(self.sid)

    @rule()
    def claim(self) -> None:
        self.sendings += self.out.claim().sendings

    @precondition(lambda self: self.sendings)
    @rule(outcome=OUTCOMES, which=st.integers(0, 5))
    def settle(self, outcome: Outcome, which: int) -> None:
        self.out.settle(self.sendings[which % len(self.sendings)], outcome)

    @rule(
        carrier_message_id=st.sampled_from(["a", "b", "c"]),
        status=st.sampled_from(["sent", "delivered", "undelivered", "failed", "read"]),
        which=st.integers(0, 1),
        done_date=st.sampled_from([None, "2611231200"]),
    )
    def receive(self, carrier_message_id: str, status: str, which: int, done_date: str | None) -> None:
        carrier = self.carriers[which % len(self.carriers)]
        self.out.receive(Receipt(carrier.sid, carrier_message_id, status, done_date=done_date))

    @rule()
    def restart(self) -> None:
        self.out.recover()

    @rule(seconds=st.sampled_from([1, 10, 130]))
    def wait(self, seconds: int) -> None:
        self.out.storage.pass_time(seconds)

    @invariant()
    def it_never_goes_back(self) -> None:
        if not hasattr(self, "sid"):
            return
        self.seen.append(self.message.status)
        ranks = [ORDER[status] for status in self.seen]
        assert ranks == sorted(ranks)
        finals = {status for status in self.seen if status in FINAL_STATUSES} - {"read"}
        assert len(finals) <= 1
        if "read" in self.seen:
            assert finals <= {"delivered"}

    @invariant()
    def each_status_is_told_once_and_in_order(self) -> None:
        told = self.out.told
        assert len(told) == len(set(told))
        assert [ORDER[status] for status in told] == sorted(ORDER[status] for status in told)

    @invariant()
    def it_is_in_the_queue_while_it_may_be_handed_over_and_no_longer(self) -> None:
        if hasattr(self, "sid"):
            is_waiting = self.message.status in ("queued", "sending")
            assert bool(self.out.queued) == is_waiting

    @invariant()
    def it_is_acknowledged_by_one_carrier_at_most(self) -> None:
        assert len({row.carrier_sid for row in self.out.storage.all(Submission)}) <= 1

    @invariant()
    def failures_have_a_code_and_a_text(self) -> None:
        if hasattr(self, "sid") and self.message.status in ("failed", "undelivered"):
            assert self.message.error_code
            assert self.message.error_message


MessageLife.TestCase.settings = hypothesis_settings(max_examples=80, stateful_step_count=20, deadline=None)
TestMessageLife = MessageLife.TestCase
