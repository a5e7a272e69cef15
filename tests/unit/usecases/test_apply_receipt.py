"""Receipts: which message they move, whatever the order and however often they come."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from tests.fakes.outgoing import Outgoing
from tests.fakes.rest_api import RestApi

from callwright.model.early_receipt import EarlyReceipt
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.message import Message
from callwright.model.submission import Submission
from callwright.usecases import apply_receipt
from callwright.usecases.carrier_traffic import Accepted, Receipt
from callwright.usecases.jobs import HANDLERS
from callwright.usecases.ports import UnitOfWork


def sent(out: Outgoing, carrier: Carrier, ids: Sequence[str] = ("one",), **draft: object) -> Message:
    out.storage.pass_time(1)  # the sender's rate
    sending = out.claimed(**draft)
    assert sending.carrier == carrier
    out.settle(sending, Accepted(tuple(ids)))
    return out.message(sending.message.sid)


@pytest.fixture
def out() -> Outgoing:
    return Outgoing(messages_per_second=1000)


@pytest.fixture
def carrier(out: Outgoing) -> Carrier:
    return out.add_carrier()


def test_a_receipt_delivers_the_message_and_tells_the_carriers_date(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier)
    out.receive(Receipt(carrier.sid, "one", "delivered", done_date="2611231200"))
    changed = out.message(message.sid)
    assert (changed.status, changed.raw_receipt_date, changed.error_code) == ("delivered", "2611231200", None)
    assert out.told == ["sent", "delivered"]
    assert out.callbacks[1].arguments["parameters"]["RawDlrDoneDate"] == "2611231200"
    assert out.storage.all(Submission)[0].status == "delivered"


def test_a_failure_has_the_carriers_code_and_words(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier)
    out.receive(Receipt(carrier.sid, "one", "undelivered", error_code=30005, error_message="err:0c1"))
    changed = out.message(message.sid)
    assert (changed.status, changed.error_code, changed.error_message) == ("undelivered", 30005, "err:0c1")
    assert out.callbacks[1].arguments["parameters"]["ErrorCode"] == "30005"


def test_a_failure_without_a_code_is_an_unknown_error(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier)
    out.receive(Receipt(carrier.sid, "one", "failed"))
    changed = out.message(message.sid)
    assert (changed.status, changed.error_code, changed.error_message) == ("failed", 30008, "Unknown error.")


def test_a_receipt_that_comes_twice_tells_nobody_twice(out: Outgoing, carrier: Carrier) -> None:
    sent(out, carrier)
    for _ in range(3):
        out.receive(Receipt(carrier.sid, "one", "delivered"))
    assert out.told == ["sent", "delivered"]
    assert out.storage.all(EarlyReceipt) == []


@pytest.mark.parametrize(("first", "late"), [("delivered", "undelivered"), ("undelivered", "delivered")])
def test_the_first_final_receipt_counts(out: Outgoing, carrier: Carrier, first: str, late: str) -> None:
    message = sent(out, carrier)
    out.receive(Receipt(carrier.sid, "one", first))
    out.receive(Receipt(carrier.sid, "one", late))
    assert out.message(message.sid).status == first
    assert out.storage.all(Submission)[0].status == first
    assert out.told == ["sent", first]


def test_that_it_is_under_way_is_known_already(out: Outgoing, carrier: Carrier) -> None:
    sent(out, carrier)
    out.receive(Receipt(carrier.sid, "one", "sent"))
    out.receive(Receipt(carrier.sid, "unknown", "sent"))
    assert out.told == ["sent"]
    assert out.storage.all(EarlyReceipt) == []


def test_read_follows_delivered_and_stands_for_it(out: Outgoing, carrier: Carrier) -> None:
    sent(out, carrier, ["one"])
    sent(out, carrier, ["two"])
    out.receive(Receipt(carrier.sid, "one", "delivered"))
    out.receive(Receipt(carrier.sid, "one", "read"))
    out.receive(Receipt(carrier.sid, "two", "read"))
    out.receive(Receipt(carrier.sid, "two", "delivered"))
    assert out.told == ["sent", "sent", "delivered", "read", "read"]


def test_an_identifier_may_be_written_in_another_way(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier, ["1f"])
    out.receive(Receipt(carrier.sid, "31", "delivered", alternative_ids=("1f", "1F")))
    assert out.message(message.sid).status == "delivered"


def test_the_identifier_as_written_counts_before_other_ways_to_write_it(out: Outgoing, carrier: Carrier) -> None:
    exact, other = sent(out, carrier, ["10"]), sent(out, carrier, ["16"])
    out.receive(Receipt(carrier.sid, "10", "delivered", alternative_ids=("16",)))
    assert (out.message(exact.sid).status, out.message(other.sid).status) == ("delivered", "sent")


def test_identifiers_belong_to_their_carrier(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier)
    other = out.add_carrier("Other", is_enabled=False)
    out.receive(Receipt(other.sid, "one", "delivered"))
    assert out.message(message.sid).status == "sent"


def test_an_identifier_that_is_used_again_means_the_newer_message(out: Outgoing, carrier: Carrier) -> None:
    older, newer = sent(out, carrier), sent(out, carrier)
    out.receive(Receipt(carrier.sid, "one", "delivered"))
    assert (out.message(older.sid).status, out.message(newer.sid).status) == ("sent", "delivered")


def test_a_long_message_is_delivered_when_all_parts_are(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier, ["a", "b", "c"], body="x" * 400)
    for part in ("c", "a"):
        out.receive(Receipt(carrier.sid, part, "delivered"))
        assert out.message(message.sid).status == "sent"
    out.receive(Receipt(carrier.sid, "b", "delivered"))
    assert out.told == ["sent", "delivered"]


def test_a_long_message_is_lost_with_its_first_part(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier, ["a", "b", "c"], body="x" * 400)
    out.receive(Receipt(carrier.sid, "a", "delivered"))
    out.receive(Receipt(carrier.sid, "b", "undelivered", error_code=30003))
    out.receive(Receipt(carrier.sid, "c", "undelivered", error_code=30007))
    assert (out.message(message.sid).status, out.message(message.sid).error_code) == ("undelivered", 30003)
    assert out.told == ["sent", "undelivered"]


def test_parts_without_identifier_are_not_waited_for(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier, ["a", "", ""], body="x" * 400)
    out.receive(Receipt(carrier.sid, "a", "delivered"))
    assert out.message(message.sid).status == "delivered"


def test_one_identifier_for_all_parts_gets_one_receipt(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier, ["same", "same"], body="x" * 300)
    out.receive(Receipt(carrier.sid, "same", "delivered"))
    assert out.message(message.sid).status == "delivered"


def test_a_receipt_that_comes_before_the_answer_is_applied_with_it(out: Outgoing, carrier: Carrier) -> None:
    sending = out.claimed()
    out.receive(Receipt(carrier.sid, "one", "delivered", done_date="2611231200"))
    assert out.message().status == "sending"
    out.settle(sending, Accepted(("one",)))
    assert (out.message().status, out.message().raw_receipt_date) == ("delivered", "2611231200")
    assert out.told == ["sent", "delivered"]
    assert out.storage.all(EarlyReceipt) == []


def test_early_receipts_of_several_kinds_are_applied_in_their_order(out: Outgoing, carrier: Carrier) -> None:
    sending = out.claimed()
    for status in ("delivered", "read"):
        out.receive(Receipt(carrier.sid, "one", status))
    out.settle(sending, Accepted(("one",)))
    assert out.told == ["sent", "delivered", "read"]
    assert out.storage.all(EarlyReceipt) == []


def test_early_receipts_of_parts_wait_for_the_rest(out: Outgoing, carrier: Carrier) -> None:
    sending = out.claimed(body="x" * 300)
    out.receive(Receipt(carrier.sid, "b", "delivered"))
    out.settle(sending, Accepted(("a", "b")))
    assert out.message().status == "sent"
    out.receive(Receipt(carrier.sid, "a", "delivered"))
    assert out.message().status == "delivered"


def test_an_early_receipt_is_found_however_its_identifier_was_written(out: Outgoing, carrier: Carrier) -> None:
    sending = out.claimed()
    out.receive(Receipt(carrier.sid, "31", "delivered", alternative_ids=("1f", "1F")))
    out.settle(sending, Accepted(("1f",)))
    assert out.message().status == "delivered"
    assert out.storage.all(EarlyReceipt) == []


def test_an_early_receipt_of_another_carrier_is_left_alone(out: Outgoing, carrier: Carrier) -> None:
    other = out.add_carrier("Other", is_enabled=False)
    sending = out.claimed()
    out.receive(Receipt(other.sid, "one", "delivered"))
    out.settle(sending, Accepted(("one",)))
    assert out.message().status == "sent"
    assert len(out.storage.all(EarlyReceipt)) == 1


def test_receipts_for_messages_that_never_turn_up_are_forgotten_after_a_day(out: Outgoing, carrier: Carrier) -> None:
    for number in range(5):
        out.receive(Receipt(carrier.sid, f"old-{number}", "delivered"))
    out.storage.pass_time(86_400)
    out.receive(Receipt(carrier.sid, "new-0", "delivered"))
    assert len(out.storage.all(EarlyReceipt)) == 6
    out.storage.pass_time(1)
    for number in range(1, 5):
        out.receive(Receipt(carrier.sid, f"new-{number}", "delivered"))
    assert [row.carrier_message_id for row in out.storage.all(EarlyReceipt)] == [f"new-{at}" for at in range(5)]


def test_receipts_with_many_ways_to_write_them_are_forgotten_as_fast_as_they_come(
    out: Outgoing, carrier: Carrier
) -> None:
    counts = []
    for day in range(4):
        for number in range(5):
            others = tuple(f"{day}-{number}-{way}" for way in "abcd")
            out.receive(Receipt(carrier.sid, f"{day}-{number}", "delivered", alternative_ids=others))
        counts.append(len(out.storage.all(EarlyReceipt)))
        out.storage.pass_time(86_401)
    assert counts == [25, 25, 25, 25]


def test_receipts_of_a_carrier_that_is_gone_are_not_kept(out: Outgoing) -> None:
    out.receive(Receipt("CR" + "0" * 32, "one", "delivered"))
    assert out.storage.all(EarlyReceipt) == []


def test_a_receipt_for_a_deleted_message_harms_nothing(out: Outgoing, carrier: Carrier) -> None:
    message = sent(out, carrier)
    out.storage.write_sync(lambda unit: unit.delete(message))
    out.receive(Receipt(carrier.sid, "one", "delivered"))
    assert out.told == ["sent"]


async def test_an_answer_that_was_stored_at_the_same_moment_is_found_by_looking_again(
    out: Outgoing, carrier: Carrier
) -> None:
    message = sent(out, carrier)
    missed = EarlyReceipt.model_construct(
        sid=out.storage.sids.make("ER"),
        account_sid=carrier.account_sid,
        date_created=out.storage.now,
        carrier_sid=carrier.sid,
        carrier_message_id="one",
        status="delivered",
    )
    out.storage.put(missed)
    for number in range(3):
        out.receive(Receipt(carrier.sid, f"early-{number}", "delivered"))
    [(job, due)] = [(job, due) for job, due in out.storage.content.jobs if job.name == "look_again_at_receipts"]
    assert due == out.storage.now + timedelta(seconds=10)
    out.storage.now = due
    ports = RestApi().ports
    object.__setattr__(ports, "storage", out.storage)
    for _ in range(2):
        await HANDLERS[job.name](ports, job.arguments)
    assert out.message(message.sid).status == "delivered"
    assert out.told == ["sent", "delivered"]
    assert len(out.storage.all(EarlyReceipt)) == 3


async def test_a_flood_of_unknown_receipts_leaves_a_bounded_number_and_those_of_other_carriers(
    out: Outgoing, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_receipt, "MOST_EARLY_RECEIPTS", 300)
    other = out.add_carrier("Other", is_enabled=False)
    out.receive(Receipt(other.sid, "theirs", "delivered"))

    def flood(unit: UnitOfWork) -> None:
        for number in range(250):
            unknown = Receipt(carrier.sid, f"{number}", "delivered", alternative_ids=(f"x{number}",))
            apply_receipt.apply_receipt(unit, unknown)

    out.storage.write_sync(flood)
    jobs = [job for job, _ in out.storage.content.jobs if job.name == "look_again_at_receipts"]
    assert [job.arguments["carrier_sid"] for job in jobs] == [other.sid, carrier.sid]
    ports = RestApi().ports
    object.__setattr__(ports, "storage", out.storage)
    for job in jobs:
        await HANDLERS[job.name](ports, job.arguments)
    kept = out.storage.all(EarlyReceipt)
    assert sorted({row.carrier_message_id.strip("x") for row in kept if row.carrier_sid == carrier.sid}, key=int) == [
        str(number) for number in range(100, 250)
    ]
    assert [row.carrier_message_id for row in kept if row.carrier_sid == other.sid] == ["theirs"]


def test_receipts_of_another_carrier_for_the_same_identifier_hide_none(out: Outgoing, carrier: Carrier) -> None:
    other = out.add_carrier("Other", is_enabled=False)
    sending = out.claimed()
    out.receive(Receipt(carrier.sid, "one", "delivered"))
    for _ in range(150):  # more than are looked at
        out.receive(Receipt(other.sid, "one", "delivered"))
    out.settle(sending, Accepted(("one",)))
    assert out.message().status == "delivered"
