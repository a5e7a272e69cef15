import struct
from collections.abc import Hashable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from callwright.wire.smpp.body import RESPONSE, Address, Bind, Command, MessageId, ShortMessage
from callwright.wire.smpp.command_status import ROK
from callwright.wire.smpp.framing import Splitter
from callwright.wire.smpp.pdu import Pdu, decode, encode
from callwright.wire.smpp.session import (
    HIGHEST_SEQUENCE_NUMBER,
    Answered,
    Bound,
    Delivery,
    Ended,
    Event,
    Limits,
    Session,
    State,
    Unanswered,
)  # fmt: skip

LIMITS = Limits(window=3, response_timeout_s=10, enquire_link_s=30)
MESSAGE = ShortMessage(Address(1, 1, "100"), Address(1, 1, "200"), b"hello")


def sent(session: Session) -> list[Pdu]:
    splitter = Splitter()
    splitter.feed(session.data_to_send())
    pdus = []
    while (frame := splitter.next_pdu()) is not None:
        pdus.append(decode(frame))
    return pdus


def respond(request: Pdu, status: int = ROK, message_id: str = "") -> bytes:
    body = MessageId(message_id) if request.command_id == Command.SUBMIT_SM and not status else None
    return encode(Pdu(request.command_id | RESPONSE, request.sequence_number, status, body))


def bound_session(command: Command = Command.BIND_TRANSCEIVER, first: int = 1) -> Session:
    session = Session(command, Bind("me", "pw"), LIMITS, first)
    session.bind(0)
    (bind,) = sent(session)
    assert session.receive(respond(bind), 0) == [Bound()]
    return session


def submit(session: Session, token: Hashable, now_s: float = 0) -> Pdu:
    session.submit(MESSAGE, token, now_s)
    (pdu,) = sent(session)
    return pdu


def test_nothing_can_be_submitted_before_the_bind_or_beyond_the_window() -> None:
    session = Session(Command.BIND_TRANSCEIVER, Bind("me", "pw"), LIMITS)
    with pytest.raises(RuntimeError):
        session.submit(MESSAGE, 1, 0)
    session = bound_session()
    for token in range(3):
        submit(session, token)
    assert (session.room, session.outstanding) == (0, 3)
    with pytest.raises(RuntimeError):
        session.submit(MESSAGE, 4, 0)


def test_a_receiver_has_no_room() -> None:
    assert bound_session(Command.BIND_RECEIVER).room == 0
    assert bound_session(Command.BIND_TRANSMITTER).room == 3


def test_a_refused_bind_ends_the_session_with_its_status() -> None:
    session = Session(Command.BIND_TRANSCEIVER, Bind("me", "pw"), LIMITS)
    session.bind(0)
    (event,) = session.receive(respond(sent(session)[0], 0x0E), 0)
    assert isinstance(event, Ended)
    assert event.command_status == 0x0E
    assert session.state is State.CLOSED


def test_sequence_numbers_wrap_and_pass_those_in_use() -> None:
    session = bound_session(first=HIGHEST_SEQUENCE_NUMBER - 1)
    numbers = [submit(session, "first").sequence_number]
    session._next_number = HIGHEST_SEQUENCE_NUMBER  # as after two thousand million submits
    numbers += [submit(session, token).sequence_number for token in ("second", "third")]
    assert numbers == [HIGHEST_SEQUENCE_NUMBER, 1, 2]


def test_a_response_is_matched_once_by_number_and_command() -> None:
    session = bound_session()
    request = submit(session, "token")
    stranger = encode(Pdu(Command.DATA_SM | RESPONSE, request.sequence_number, ROK, MessageId("x")))
    unknown = encode(Pdu(Command.SUBMIT_SM | RESPONSE, 999, ROK, MessageId("x")))
    assert session.receive(stranger + unknown, 1) == []
    answer = respond(request, message_id="id")
    assert session.receive(answer + answer, 1) == [Answered("token", ROK, "id")]
    assert session.room == 3


def test_an_accepting_response_that_cannot_be_read_still_accepts() -> None:
    session = bound_session()
    request = submit(session, "token")
    data = struct.pack("!IIII", 316, Command.SUBMIT_SM | RESPONSE, 0, request.sequence_number) + b"x" * 300
    assert session.receive(data, 1) == [Answered("token", ROK, "")]


def test_a_nack_without_a_status_is_a_refusal() -> None:
    session = bound_session()
    request = submit(session, "token")
    assert session.receive(encode(Pdu(Command.GENERIC_NACK, request.sequence_number)), 1) == [
        Answered("token", 0xFF, "")
    ]


def test_silence_is_told_once_and_the_link_is_asked_if_it_lives() -> None:
    session = bound_session()
    request = submit(session, "token")
    assert session.expire(9.9) == []
    assert session.expire(10) == [Unanswered("token")]
    (enquire,) = sent(session)
    assert enquire.command_id == Command.ENQUIRE_LINK
    assert session.receive(respond(request), 11) == []
    assert session.expire(19.9) == []
    (event,) = session.expire(20)
    assert isinstance(event, Ended)
    assert "enquire_link" in event.reason


def test_an_idle_link_is_asked_once_and_lives_when_it_answers() -> None:
    session = bound_session()
    assert session.expire(29) == []
    assert sent(session) == []
    session.expire(30)
    session.expire(31)
    (enquire,) = sent(session)
    session.receive(respond(enquire), 32)
    assert session.expire(61) == []
    assert sent(session) == []


def test_the_peers_unbind_is_answered_and_ends_the_session() -> None:
    session = bound_session()
    submit(session, "token")
    assert session.receive(encode(Pdu(Command.UNBIND, 5)), 1) == [Ended("the carrier unbound")]
    assert [pdu.command_id for pdu in sent(session)] == [Command.UNBIND | RESPONSE]
    assert session.lose() == ["token"]


def test_our_unbind_ends_with_its_answer_or_without() -> None:
    for is_answered in (True, False):
        session = bound_session()
        session.unbind(0)
        (unbind,) = sent(session)
        events = session.receive(respond(unbind), 1) if is_answered else session.expire(10)
        assert isinstance(events[0], Ended)


def test_a_delivery_while_unbinding_is_to_come_again() -> None:
    session = bound_session()
    session.unbind(0)
    sent(session)
    assert session.receive(encode(Pdu(Command.DELIVER_SM, 5, ROK, MESSAGE)), 1) == []
    assert [pdu.command_status for pdu in sent(session)] == [4]


def test_nothing_of_what_follows_the_end_is_read() -> None:
    session = bound_session()
    delivery = encode(Pdu(Command.DELIVER_SM, 5, ROK, MESSAGE))
    events = session.receive(b"\0\0\0\0" + delivery, 1)
    assert [type(event) for event in events] == [Ended]
    assert session.receive(delivery, 2) == []


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=100), max_size=6), st.booleans())
def test_no_octets_make_a_session_raise(chunks: list[bytes], is_bound: bool) -> None:
    session = bound_session() if is_bound else Session(Command.BIND_TRANSCEIVER, Bind("me", "pw"), LIMITS)
    if is_bound:
        submit(session, "token")
    for number, chunk in enumerate(chunks):
        framed = struct.pack("!I", 4 + len(chunk) + 12) + chunk[:12].ljust(12, b"\0") + chunk
        session.receive(framed, number)
        session.receive(chunk, number)
        session.expire(number)
        session.data_to_send()


class SessionMachine(RuleBasedStateMachine):
    """An SMSC that answers late, twice, out of order and not at all, against a plain account of what is owed."""

    @initialize()
    def bind(self) -> None:
        self.session = bound_session()
        self.now_s = 0.0
        self.submitted: dict[int, tuple[Pdu, float]] = {}
        self.over: list[Pdu] = []
        self.enquiries: list[Pdu] = []
        self.settled: list[Hashable] = []
        self.tokens = 0
        self.number = 1000

    @property
    def lives(self) -> bool:
        return self.session.state is State.BOUND

    def note(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Answered | Unanswered):
                assert isinstance(event.token, int)
                assert event.token not in self.settled
                self.settled.append(event.token)
                self.over.append(self.submitted.pop(event.token)[0])
            elif isinstance(event, Ended):
                lost = self.session.lose()
                assert set(lost) == set(self.submitted)
                self.settled += lost
                self.submitted.clear()
        self.enquiries += [pdu for pdu in sent(self.session) if pdu.command_id == Command.ENQUIRE_LINK]

    @precondition(lambda self: self.lives and self.session.room)
    @rule()
    def submit(self) -> None:
        self.tokens += 1
        request = submit(self.session, self.tokens, self.now_s)
        assert request.sequence_number not in [pdu.sequence_number for pdu, _ in self.submitted.values()]
        self.submitted[self.tokens] = (request, self.now_s)

    @precondition(lambda self: self.lives and self.submitted)
    @rule(data=st.data(), status=st.sampled_from([0, 0x58, 0x0B]))
    def answer_any(self, data: st.DataObject, status: int) -> None:
        token = data.draw(st.sampled_from(sorted(self.submitted)))
        request = self.submitted[token][0]
        events = self.session.receive(respond(request, status, "id"), self.now_s)
        assert events == [Answered(token, status, "" if status else "id")]
        self.note(events)

    @precondition(lambda self: self.lives and self.over)
    @rule(data=st.data())
    def answer_again(self, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from(self.over))
        assert self.session.receive(respond(request, 0, "again"), self.now_s) == []

    @precondition(lambda self: self.lives and self.enquiries)
    @rule()
    def answer_enquiry(self) -> None:
        self.note(self.session.receive(respond(self.enquiries.pop()), self.now_s))

    @precondition(lambda self: self.lives)
    @rule(reuse=st.booleans())
    def deliver(self, reuse: bool) -> None:
        self.number += 0 if reuse else 1
        (event,) = self.session.receive(encode(Pdu(Command.DELIVER_SM, self.number, ROK, MESSAGE)), self.now_s)
        assert isinstance(event, Delivery)
        self.session.answer(event, ROK)
        (answer,) = sent(self.session)
        assert (answer.command_id, answer.sequence_number) == (Command.DELIVER_SM | RESPONSE, self.number)

    @precondition(lambda self: self.lives)
    @rule(seconds=st.sampled_from([0.5, 4.0, 11.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        late = {token for token, (_, at) in self.submitted.items() if at + LIMITS.response_timeout_s <= self.now_s}
        events = self.session.expire(self.now_s)
        if self.lives:
            assert {event.token for event in events if isinstance(event, Unanswered)} == late
        self.note(events)

    @precondition(lambda self: not self.lives)
    @rule()
    def begin_again(self) -> None:
        assert not self.submitted
        self.bind()

    @invariant()
    def every_submit_is_owed_or_settled_once(self) -> None:
        if hasattr(self, "session"):
            assert len(self.submitted) + len(self.settled) == self.tokens
            assert len(set(self.settled)) == len(self.settled)
            assert self.session.outstanding == len(self.submitted)
            assert not self.lives or self.session.room == LIMITS.window - len(self.submitted)


SessionMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestSessionMachine = SessionMachine.TestCase
