"""Rates of senders and accounts: what is reserved, also after the clock was set back."""

from datetime import timedelta

from tests.fakes.outgoing import Outgoing

from callwright.usecases.reserve_call_slot import reserve_call_slot


def test_a_clock_that_is_set_back_does_not_hold_messages_up() -> None:
    out = Outgoing()
    out.queue()
    out.storage.pass_time(-3600)
    out.queue(to="+15555550112")
    out.queue(to="+15555550113")
    now = out.storage.now
    assert [row.due for row in out.queued if row.due <= now + timedelta(seconds=1)] == [
        now,
        now + timedelta(seconds=1),
    ]


def test_a_clock_that_is_set_back_does_not_hold_calls_up() -> None:
    out = Outgoing()
    out.storage.write_sync(lambda unit: reserve_call_slot(unit, out.account.sid, 1.0))
    out.storage.pass_time(-3600)
    starts = [out.storage.write_sync(lambda unit: reserve_call_slot(unit, out.account.sid, 1.0)) for _ in range(2)]
    assert starts == [out.storage.now, out.storage.now + timedelta(seconds=1)]
