"""Claiming messages: for whom, for which carrier, and what fails instead."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.outgoing import NUMBER, TO, Outgoing
from tests.fakes.unit_of_work import FakeStorage, FakeUnitOfWork

from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.usecases.carrier_traffic import SendableMedia
from callwright.usecases.claim_messages import claim_messages
from callwright.usecases.ports import Condition


def test_a_claimed_message_is_sending_and_carries_node_and_carrier() -> None:
    out = Outgoing()
    carrier = out.add_carrier()
    out.queue()
    out.storage.pass_time(1.5)
    [sending] = out.claim().sendings
    [row] = out.queued
    message = out.message()
    assert (row.node, row.carrier_sid, row.attempt) == ("local", carrier.sid, 1)
    assert (message.status, message.carrier_sid, message.attempts) == ("sending", carrier.sid, 1)
    assert message.queue_time_ms == 1500
    assert message.route["candidates"] == [carrier.sid]
    assert (sending.queued_sid, sending.message, sending.carrier, sending.attempt) == (row.sid, message, carrier, 1)
    assert sending.expires_at == row.expires_at
    assert out.told == []


def test_without_carriers_it_goes_to_this_server_itself() -> None:
    out = Outgoing()
    sending = out.claimed()
    assert sending.carrier is None
    assert out.message().carrier_sid is None


def test_what_is_claimed_is_not_claimed_again() -> None:
    out = Outgoing()
    out.claimed()
    sids = [row.sid for row in out.queued]
    again = out.storage.write_sync(lambda unit: claim_messages(unit, sids, "other", {None: 5}))
    assert (again.sendings, again.left) == ([], [])
    assert out.queued[0].node == "local"


def test_rows_that_are_gone_are_skipped() -> None:
    out = Outgoing()
    claimed = out.storage.write_sync(lambda unit: claim_messages(unit, ["QM" + "0" * 32], "local", {None: 5}))
    assert (claimed.sendings, claimed.left) == ([], [])
    assert out.storage.write_sync(lambda unit: claim_messages(unit, [], "local", {})).sendings == []


def test_no_more_are_claimed_than_there_is_room_for_in_the_order_asked() -> None:
    out = Outgoing(messages_per_second=1000)
    first, second = out.add_carrier("One", priority=1), out.add_carrier("Two", priority=2)
    queued = [out.queue(to=f"+1555555012{digit}").sid for digit in range(4)]
    out.storage.pass_time(1)
    claimed = out.claim({first.sid: 3, second.sid: 9, None: 9})
    assert [sending.message.sid for sending in claimed.sendings] == queued[:3]
    assert [sending.carrier for sending in claimed.sendings] == [first] * 3
    assert claimed.left == [out.queued[3].sid]
    assert out.message(queued[3]).status == "queued"
    assert out.queued[3].node is None


def test_a_carrier_that_is_not_connected_is_passed_over() -> None:
    out = Outgoing()
    out.add_carrier("One", priority=1)
    second = out.add_carrier("Two", priority=2)
    out.queue()
    assert [sending.carrier for sending in out.claim({second.sid: 1, None: 9}).sendings] == [second]


def test_a_message_that_has_to_wait_for_its_carrier_does_not_fall_to_this_server() -> None:
    out = Outgoing()
    carrier = out.add_carrier()
    out.queue()
    claimed = out.claim({carrier.sid: 0, None: 5})
    assert (claimed.sendings, len(claimed.left)) == ([], 1)


def test_a_number_of_this_server_is_reached_without_the_carrier_that_takes_everything() -> None:
    out = Outgoing()
    carrier = out.add_carrier("Main")
    own = out.number.model_copy(update={"sid": "PN" + "2" * 32, "phone_number": "+15555550177"})
    out.storage.put(own)
    out.queue(to=own.phone_number)
    [sending] = out.claim().sendings
    assert sending.carrier is None
    assert out.message().route["reasons"][-1]["rule"] == "To is a number of this server"
    assert carrier.sid in str(out.message().route["reasons"])


def test_the_route_names_the_carrier_that_took_it_and_the_one_that_was_away() -> None:
    out = Outgoing()
    away, taken = out.add_carrier("Germany", priority=1), out.add_carrier("Main", priority=2)
    out.queue()
    out.claim({taken.sid: 1})
    reasons = out.message().route["reasons"]
    assert reasons[0]["rule"] == "not connected"
    assert away.sid in reasons[0]["lost"][0]
    assert taken.sid in reasons[1]["chose"]


def test_carriers_of_the_parent_serve_a_subaccount_and_not_the_reverse() -> None:
    out = Outgoing()
    child = out.add_account("AC" + "b" * 32, owner=out.account.sid)
    own = out.add_carrier("Own", account_sid=child.sid)
    assert out.claimed().carrier is None
    number = {"sid": "PN" + "2" * 32, "account_sid": child.sid, "phone_number": "+15555550102"}
    out.storage.put(out.number.model_copy(update=number))
    parents = out.add_carrier("Parent's", priority=1)
    out.queue(account=child, from_="+15555550102")
    [sending] = out.claim().sendings
    assert sending.carrier == parents
    assert out.message(sending.message.sid).route["candidates"] == [parents.sid, own.sid]


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_sends_nothing(status: str) -> None:
    out = Outgoing()
    out.queue()
    out.storage.put(out.storage.one(Account, out.account.sid).model_copy(update={"status": status}))
    assert out.claim().sendings == []
    message = out.message()
    assert (message.status, message.error_code) == ("failed", 30002)
    assert out.queued == []
    assert out.told == ["failed"]


def test_a_message_whose_time_has_run_out_fails_and_says_what_it_waited_for() -> None:
    out = Outgoing()
    out.add_carrier("Slowpoke")
    out.queue(validity_period_s=60)
    out.storage.pass_time(60)
    assert out.claim().sendings == []
    message = out.message()
    assert (message.status, message.error_code) == ("failed", 30001)
    assert "Slowpoke" in (message.error_message or "")
    assert out.queued == []
    [notification] = out.storage.all(Notification)
    assert (notification.error_code, notification.message_sid) == ("30001", message.sid)


def test_it_is_also_too_late_when_no_carrier_has_room() -> None:
    out = Outgoing()
    out.queue(validity_period_s=60)
    out.storage.pass_time(61)
    assert out.claim({}).left == []
    assert out.message().status == "failed"


def test_the_wait_of_a_scheduled_message_counts_from_its_moment() -> None:
    out = Outgoing()
    message = out.queue()
    at = out.storage.now + timedelta(seconds=100)
    out.storage.put(message.model_copy(update={"send_at": at}))
    out.storage.pass_time(103)
    out.claim()
    assert out.message().queue_time_ms == 3000


def test_the_row_of_a_deleted_message_goes() -> None:
    out = Outgoing()
    message = out.queue()
    out.storage.write_sync(lambda unit: unit.delete(message))
    assert out.claim().sendings == []
    assert out.queued == []


def test_a_carrier_that_was_changed_meanwhile_counts_as_it_is_now() -> None:
    out = Outgoing()
    carrier = out.add_carrier()
    out.queue()
    out.storage.put(out.storage.one(Carrier, carrier.sid).model_copy(update={"is_enabled": False}))
    assert [sending.carrier for sending in out.claim().sendings] == [None]


def test_media_are_handed_over_with_the_message() -> None:
    out = Outgoing()
    files = (SendableMedia("http://files.test/1", "image/png"),)
    asked: list[str] = []

    def media_of(unit: object, sid: str) -> tuple[SendableMedia, ...]:
        asked.append(sid)
        return files

    out.queue()
    with_media = out.queue(to="+15555550112")
    out.storage.put(out.storage.one(Message, with_media.sid).model_copy(update={"num_media": "1"}))
    out.storage.pass_time(1)
    sendings = out.claim(media_of=media_of).sendings
    assert [sending.media for sending in sendings] == [(), files]
    assert asked == [with_media.sid]


class CountingUnit(FakeUnitOfWork):
    """Remembers what is read."""

    def __init__(self, storage: FakeStorage) -> None:
        super().__init__(storage, storage.content, None)
        self.reads: list[type[Record]] = []

    def get(self, record_type: type[Any], sid: str, *, for_update: bool = False) -> Any:
        self.reads.append(record_type)
        return super().get(record_type, sid, for_update=for_update)

    def select(self, record_type: type[Any], conditions: Sequence[Condition] = (), **options: Any) -> Any:
        self.reads.append(record_type)
        return super().select(record_type, conditions, **options)


def test_what_many_messages_share_is_read_once() -> None:
    out = Outgoing(messages_per_second=1000)
    carrier = out.add_carrier()
    for digit in range(9):
        out.queue(to=f"+1555555012{digit}")
    unit = CountingUnit(out.storage)
    claimed = claim_messages(unit, [row.sid for row in out.queued], "local", {carrier.sid: 50})
    assert len(claimed.sendings) == 9
    assert (unit.reads.count(Account), unit.reads.count(Carrier)) == (1, 1)


def stop(out: Outgoing, recipient: str) -> None:
    sid = opt_out_sid(out.account.sid, NUMBER, recipient)
    out.storage.put(OptOut.model_construct(sid=sid, account_sid=out.account.sid, sender=NUMBER, recipient=recipient))


def test_a_stop_that_came_while_a_message_waited_keeps_it_from_going_out() -> None:
    out = Outgoing(messages_per_second=1000)
    stopped, other = out.queue(), out.queue(to="+15555550112")
    stop(out, TO)
    out.storage.pass_time(1)
    assert [sending.message.sid for sending in out.claim().sendings] == [other.sid]
    message = out.message(stopped.sid)
    assert (message.status, message.error_code, message.num_segments) == ("failed", 21610, "1")
    assert f"{TO} answered STOP to {NUMBER} while" in (message.error_message or "")
    assert ([row.message_sid for row in out.queued], out.told) == ([other.sid], ["failed"])


def test_the_answer_to_a_stop_goes_out_nevertheless() -> None:
    out = Outgoing()
    out.queue(ignores_opt_out=True)
    stop(out, TO)
    [sending] = out.claim().sendings
    assert sending.message.sending == {"ignores_opt_out": True}


def test_with_opt_out_off_nobody_is_left_out() -> None:
    out = Outgoing()
    out.queue()
    stop(out, TO)
    assert len(out.claim(opt_out=False).sendings) == 1


def test_whether_a_stop_came_is_asked_once_for_many() -> None:
    out = Outgoing(messages_per_second=1000)
    for digit in range(9):
        out.queue(to=f"+1555555012{digit}")
    asked: list[type[Record]] = []

    class Counting(FakeUnitOfWork):
        def select(self, record_type: Any, *args: Any, **kwargs: Any) -> Any:
            asked.append(record_type)
            return super().select(record_type, *args, **kwargs)

    unit = Counting(out.storage, out.storage.content.copy(), None)
    assert len(claim_messages(unit, [row.sid for row in out.queued], "local", {None: 50}).sendings) == 9
    assert asked.count(OptOut) == 1
