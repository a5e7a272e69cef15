"""What becomes of a message by what its carrier answered."""

from datetime import timedelta

import pytest
from tests.fakes.outgoing import NUMBER, TO, Outgoing

from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.model.submission import Submission
from callwright.usecases.carrier_traffic import Accepted, ForThisServer, Postponed, Receipt, Refused, Unacknowledged


def test_an_accepted_message_is_sent_and_each_part_is_known_by_its_identifier() -> None:
    out = Outgoing()
    carrier = out.add_carrier()
    sending = out.claimed(body="x" * 400)
    assert out.settle(sending, Accepted(("one", "", "three"))) is None
    message = out.message()
    assert (message.status, message.date_sent) == ("sent", out.storage.now)
    assert [(row.part, row.carrier_message_id, row.carrier_sid) for row in out.storage.all(Submission)] == [
        (1, "one", carrier.sid),
        (3, "three", carrier.sid),
    ]
    assert out.queued == []
    assert out.told == ["sent"]


def test_what_the_carrier_has_delivered_already_is_sent_and_delivered() -> None:
    out = Outgoing()
    out.add_carrier()
    out.settle(out.claimed(), Accepted(("one",), is_delivered=True))
    assert out.message().status == "delivered"
    assert out.told == ["sent", "delivered"]


def test_an_outcome_that_comes_twice_changes_nothing() -> None:
    out = Outgoing()
    out.add_carrier()
    sending = out.claimed()
    out.settle(sending, Accepted(("one",)))
    assert out.settle(sending, Accepted(("one",))) is None
    assert len(out.storage.all(Submission)) == 1
    assert out.told == ["sent"]


def test_an_outcome_of_an_earlier_attempt_changes_nothing() -> None:
    out = Outgoing()
    out.add_carrier()
    sending = out.claimed()
    out.settle(sending, Postponed("full", 0.0))
    [second] = out.claim().sendings
    assert second.attempt == 2
    assert out.settle(sending, Accepted(("one",))) is None
    assert out.message().status == "sending"
    assert out.queued[0].node == "local"


def test_what_the_carrier_refuses_fails_with_its_code_and_words() -> None:
    out = Outgoing()
    out.add_carrier("Acme")
    assert out.settle(out.claimed(), Refused(30005, "ESME_RINVDSTADR (0x0b)")) is None
    message = out.message()
    assert (message.status, message.error_code) == ("failed", 30005)
    assert message.error_message == "Carrier Acme refused it: ESME_RINVDSTADR (0x0b)"
    assert message.date_sent is None
    assert out.told == ["failed"]
    assert out.callbacks[0].arguments["parameters"]["ErrorCode"] == "30005"
    [notification] = out.storage.all(Notification)
    assert (notification.error_code, notification.message_text) == ("30005", message.error_message)


def test_a_fault_of_the_carrier_sends_it_by_the_next_one_at_once() -> None:
    out = Outgoing()
    first, second = out.add_carrier("One", priority=1), out.add_carrier("Two", priority=2)
    sending = out.claimed()
    assert sending.carrier == first
    assert out.settle(sending, Refused(30008, "down", try_elsewhere=True)) == out.storage.now
    assert out.message().status == "sending"
    [again] = out.claim().sendings
    assert (again.carrier, again.attempt) == (second, 2)
    out.settle(again, Accepted(("one",)))
    assert (out.message().status, out.message().carrier_sid, out.message().attempts) == ("sent", second.sid, 2)
    assert out.told == ["sent"]


def test_when_no_carrier_is_left_all_are_tried_again_after_a_growing_while() -> None:
    out = Outgoing()
    out.add_carrier("One", priority=1)
    out.add_carrier("Two", priority=2)
    out.queue()
    waits: list[float] = []
    names: list[str] = []
    for _ in range(6):
        [sending] = out.claim().sendings
        assert sending.carrier is not None
        names.append(sending.carrier.friendly_name)
        due = out.settle(sending, Refused(30008, "down", try_elsewhere=True))
        assert due is not None
        assert out.queued[0].due == due
        waits.append((due - out.storage.now).total_seconds())
        out.storage.now = due
    assert names == ["One", "Two"] * 3
    assert waits == [0, 10, 0, 40, 0, 160]
    assert out.message().status == "sending"
    assert out.told == []


def test_a_carrier_that_fails_again_while_the_other_is_away_is_not_asked_in_a_loop() -> None:
    out = Outgoing()
    first = out.add_carrier("One", priority=1)
    out.add_carrier("Two", priority=2)
    out.queue()
    room: dict[str | None, int] = {first.sid: 5}
    [sending] = out.claim(room).sendings
    assert out.settle(sending, Refused(30008, "down", try_elsewhere=True)) == out.storage.now
    [again] = out.claim(room).sendings
    due = out.settle(again, Refused(30008, "down", try_elsewhere=True))
    assert due == out.storage.now + timedelta(seconds=10)


def test_what_is_tried_until_its_end_says_what_the_carrier_said() -> None:
    out = Outgoing()
    out.add_carrier("Acme")
    sending = out.claimed(validity_period_s=3)
    due = out.settle(sending, Refused(30008, "ESME_RSYSERR", try_elsewhere=True))
    assert due == out.storage.now + timedelta(seconds=3)  # its end, not the back-off's
    out.storage.pass_time(3)
    assert out.claim().sendings == []
    message = out.message()
    assert (message.status, message.error_code) == ("failed", 30001)
    assert "Carrier Acme refused it: ESME_RSYSERR" in (message.error_message or "")


def test_a_postponed_message_is_tried_when_the_carrier_said() -> None:
    out = Outgoing()
    out.add_carrier()
    due = out.settle(out.claimed(), Postponed("throttled", 2.5))
    assert due == out.storage.now + timedelta(seconds=2.5)
    assert (out.queued[0].node, out.queued[0].due) == (None, due)
    assert out.message().status == "sending"
    assert out.claim().sendings == []
    out.storage.pass_time(2.5)
    [again] = out.claim().sendings
    assert again.attempt == 2
    assert out.told == []


def test_what_was_not_acknowledged_may_have_arrived_and_says_so() -> None:
    out = Outgoing()
    out.add_carrier("Acme")
    assert out.settle(out.claimed(), Unacknowledged("the link was lost")) is None
    message = out.message()
    assert (message.status, message.error_code) == ("undelivered", 30008)
    for named in ("Carrier Acme", "the link was lost", "retry_unacknowledged"):
        assert named in (message.error_message or "")
    assert out.queued == []
    assert out.told == ["undelivered"]


def test_where_it_is_wanted_unacknowledged_messages_are_handed_over_again() -> None:
    out = Outgoing()
    out.add_carrier(retry_unacknowledged=True)
    due = out.settle(out.claimed(), Unacknowledged("the link was lost"))
    assert due == out.storage.now + timedelta(seconds=5)
    assert out.message().status == "sending"
    assert out.queued[0].node is None


def test_an_acknowledged_part_without_identifier_is_not_handed_over_again_either() -> None:
    out = Outgoing()
    out.add_carrier(retry_unacknowledged=True)
    assert out.settle(out.claimed(body="x" * 300), Unacknowledged("lost", ("",))) is None
    assert out.message().status == "undelivered"


def test_a_message_of_which_parts_are_acknowledged_is_never_handed_over_again() -> None:
    out = Outgoing()
    carrier = out.add_carrier(retry_unacknowledged=True)
    assert out.settle(out.claimed(body="x" * 300), Unacknowledged("lost", ("one", ""))) is None
    assert out.message().status == "undelivered"
    assert [row.carrier_message_id for row in out.storage.all(Submission)] == ["one"]
    out.receive(Receipt(carrier.sid, "one", "delivered"))
    assert out.message().status == "undelivered"
    assert out.told == ["undelivered"]


def test_messages_between_numbers_of_this_server_are_delivered_in_the_same_transaction() -> None:
    out = Outgoing()
    sid = out.storage.sids.make("PN")
    out.storage.put(
        IncomingPhoneNumber.model_construct(
            sid=sid, account_sid=out.account.sid, phone_number=TO, sms_url="http://app.test/sms"
        )
    )
    out.settle(out.claimed(), ForThisServer())
    assert out.message().status == "delivered"
    assert out.told == ["sent", "delivered"]
    [received] = [message for message in out.storage.all(Message) if message.is_inbound]
    assert (received.from_, received.to, received.body, received.status) == (NUMBER, TO, "Hi", "received")
    assert out.queued == []


def test_without_carrier_and_number_the_failure_names_cause_and_fix() -> None:
    out = Outgoing()
    out.settle(out.claimed(), ForThisServer())
    message = out.message()
    assert (message.status, message.error_code) == ("failed", 30003)
    assert "callwright carriers add" in (message.error_message or "")
    assert out.told == ["failed"]
    assert out.queued == []


def test_a_carrier_that_is_switched_off_is_named_as_the_cause() -> None:
    out = Outgoing()
    out.add_carrier("Main", is_enabled=False)
    out.settle(out.claimed(), ForThisServer())
    assert "Switched off: Main (callwright carriers update NAME --enable)" in (out.message().error_message or "")


@pytest.mark.parametrize("kind", ["loopback", None])
def test_after_a_stop_messages_for_this_server_itself_are_queued_again(kind: str | None) -> None:
    out = Outgoing()
    if kind:
        out.add_carrier(kind=kind)
    out.claimed()
    assert out.recover() == 1
    assert (out.queued[0].node, out.queued[0].due) == (None, out.storage.now)
    assert len(out.claim().sendings) == 1


def test_after_a_stop_messages_at_carriers_are_judged_by_their_setting() -> None:
    out = Outgoing(messages_per_second=1000)
    strict = out.add_carrier("Strict", destinations=["+44"])
    out.add_carrier("Lax", retry_unacknowledged=True, destinations=["+1"])
    gone = out.add_carrier("Gone", destinations=["+49"])
    sids = [out.queue(to=to).sid for to in ("+441234567890", TO, "+491234567890")]
    out.storage.pass_time(1)
    assert len(out.claim().sendings) == 3
    out.storage.write_sync(lambda unit: unit.delete(out.storage.one(Carrier, gone.sid)))
    assert out.recover("another node") == 0
    assert out.recover() == 3
    assert [out.message(sid).status for sid in sids] == ["undelivered", "sending", "undelivered"]
    first = out.message(sids[0])
    assert first.error_code == 30008
    assert "server stopped" in (first.error_message or "")
    assert strict.friendly_name in (first.error_message or "")
    assert gone.sid in (out.message(sids[2]).error_message or "")
    assert [row.message_sid for row in out.queued] == [sids[1]]
    assert out.recover() == 0


def test_recovering_forgets_rows_whose_message_is_over() -> None:
    out = Outgoing()
    out.claimed()
    out.storage.put(out.message().model_copy(update={"status": "failed"}))
    assert out.recover() == 1
    assert out.queued == []
    assert out.told == []
