"""A call's progress: forward only, and told in order."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.unit_of_work import FakeStorage

from callwright.model.resources.call import FINAL_STATUSES, PROGRESS_EVENTS, Call
from callwright.usecases.progress_call import DELIVER_STATUS_CALLBACK, progress_call

SID = "CA" + "1" * 32
RANKS = {"queued": 0, "initiated": 0, "ringing": 1, "in-progress": 2, **dict.fromkeys(FINAL_STATUSES, 3)}
ALL_EVENTS = list(PROGRESS_EVENTS)


def stored(**fields: Any) -> FakeStorage:
    storage = FakeStorage()
    given = {"status": "queued", "status_callback": "http://s.test/", "status_callback_events": ALL_EVENTS, **fields}
    storage.put(Call.model_construct(sid=SID, account_sid="AC1", to="+15555550100", from_="+15555550111", **given))
    return storage


def progress(storage: FakeStorage, status: str, **facts: Any) -> Call | None:
    return storage.write_sync(lambda unit: progress_call(unit, SID, status, facts))


def told(storage: FakeStorage) -> list[dict[str, str]]:
    return [dict(job.arguments["parameters"]) for job in storage.jobs]


@given(st.lists(st.sampled_from(["initiated", "ringing", "in-progress", *sorted(FINAL_STATUSES)]), max_size=12))
@settings(max_examples=200)
def test_a_status_never_goes_back_and_callbacks_count_up(statuses: list[str]) -> None:
    storage = stored()
    seen = ["queued"]
    for status in statuses:
        progress(storage, status)
        storage.pass_time(1)
        seen.append(storage.one(Call, SID).status)
    ranks = [RANKS[status] for status in seen]
    assert ranks == sorted(ranks)
    assert len({status for status in seen if status in FINAL_STATUSES}) <= 1
    sequence = [int(parameters["SequenceNumber"]) for parameters in told(storage)]
    assert sequence == list(range(len(sequence)))
    after_initiated = [p["CallStatus"] for p in told(storage) if p["CallStatus"] != "initiated"]
    assert len(after_initiated) == len(set(after_initiated)), "an event was told twice"
    assert {job.lane for job in storage.jobs} <= {f"callbacks:{SID}"}
    call = storage.one(Call, SID)
    assert call.is_final == (call.end_time is not None) == (call.duration is not None)


def test_each_event_is_told_with_its_parameters_in_order() -> None:
    storage = stored(direction="outbound-api")
    for status in ("initiated", "ringing", "in-progress"):
        progress(storage, status)
    storage.pass_time(61)
    progress(storage, "completed", sip_response_code=200)
    parameters = told(storage)
    assert [p["CallStatus"] for p in parameters] == ["initiated", "ringing", "in-progress", "completed"]
    last = parameters[-1]
    assert (last["CallDuration"], last["Duration"], last["SipResponseCode"]) == ("61", "2", "200")
    assert (last["CallbackSource"], last["Timestamp"]) == ("call-progress-events", "Mon, 23 Nov 2026 12:01:01 +0000")
    assert all("CallDuration" not in p for p in parameters[:-1])
    assert {job.name for job in storage.jobs} == {DELIVER_STATUS_CALLBACK}


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
def test_completed_covers_every_end(status: str) -> None:
    storage = stored(status_callback_events=["completed"])
    progress(storage, "ringing")
    progress(storage, status)
    assert [(p["CallStatus"], p["SequenceNumber"], p["CallDuration"]) for p in told(storage)] == [(status, "0", "0")]


def test_only_the_wanted_events_are_told() -> None:
    storage = stored(status_callback_events=["answered"])
    for status in ("initiated", "ringing", "in-progress", "completed"):
        progress(storage, status)
    assert [p["CallStatus"] for p in told(storage)] == ["in-progress"]


def test_without_a_callback_nothing_is_told() -> None:
    storage = stored(status_callback=None)
    for status in ("initiated", "ringing", "in-progress", "completed"):
        progress(storage, status)
    assert storage.jobs == []


def test_nothing_follows_the_end() -> None:
    storage = stored(status="canceled", end_time=None)
    before = storage.one(Call, SID)
    assert progress(storage, "in-progress") == before
    assert progress(storage, "completed") == before
    assert storage.jobs == []


def test_a_deleted_call_has_no_progress() -> None:
    storage = FakeStorage()
    assert progress(storage, "completed") is None
