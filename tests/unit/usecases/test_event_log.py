"""The ring of events and its readers."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.model.actor import SERVER
from callwright.model.event import Commit, RecordChange
from callwright.model.resources.call import Call
from callwright.usecases.event_log import EventLog

AC = "AC" + "a" * 32


def commit(sid: str = "CA1") -> Commit:
    call = Call.model_construct(sid=sid, account_sid=AC, status="ringing")
    return Commit([RecordChange(None, call)], SERVER, None, datetime(2026, 11, 23, tzinfo=UTC))


@given(kept=st.integers(1, 20), added=st.integers(0, 60), place=st.integers(0, 60))
def test_a_reader_gets_each_event_behind_its_place_or_is_told_of_the_gap(kept: int, added: int, place: int) -> None:
    log = EventLog("run", kept=kept)
    for at in range(added):
        log.add(commit(f"CA{at + 1}"))
    batch = log.after(min(place, added))
    missing = range(min(place, added) + 1, added + 1)
    assert batch.is_gapless == (len(missing) <= kept)
    assert [one.number for one in batch.events] == list(missing)[-kept:]


@pytest.mark.parametrize("event_id", ["other-3", "run-", "run-x", "run", "", "run-" + "9" * 30, "run-٣"])
def test_ids_of_another_run_and_nonsense_are_not_known(event_id: str) -> None:
    assert EventLog("run").number_of(event_id) is None


def test_an_id_from_the_future_means_now() -> None:
    log = EventLog("run")
    log.add(commit())
    assert log.number_of("run-7") == 1


async def test_a_reader_is_woken_from_another_thread() -> None:
    log = EventLog("run")
    async with log.reader(AC) as reader:
        assert log.readers == 1
        thread = threading.Thread(target=log.add, args=(commit(),))
        thread.start()
        assert await reader.wait(10)
        thread.join()
        assert [one.id for one in log.after(0).events] == ["run-1"]
        assert not await reader.wait(0)
    assert log.readers == 0


async def test_closing_wakes_readers() -> None:
    log = EventLog("run")
    async with log.reader(AC) as reader:
        waiting = asyncio.create_task(reader.wait(10))
        await asyncio.sleep(0)
        log.close()
        assert await waiting
        assert log.is_closed


def test_a_commit_without_events_moves_nothing() -> None:
    log = EventLog("run")
    log.add(Commit([], SERVER, None, datetime(2026, 11, 23, tzinfo=UTC)))
    assert log.last_number == 0
