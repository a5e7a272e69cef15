"""Dialling a queued call: once, and only while it can be."""

from typing import Any

import pytest
from tests.fakes.live_calls import FakeLiveCalls
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import FakeWebhooks, account, ports_on

from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.notification import Notification
from callwright.model.resources.trunk import Trunk
from callwright.usecases.place_call import Dialing, begin_dialing, place_call

SID = "CA" + "1" * 32
PARENT, SUB = "AC" + "a" * 32, "AC" + "b" * 32


def trunk(sid: str, owner: str = PARENT, **fields: Any) -> Trunk:
    return Trunk.model_construct(sid=sid, account_sid=owner, friendly_name=sid, **{"host": "127.0.0.1", **fields})


def queued(*records: Any, **fields: Any) -> FakeStorage:
    storage = FakeStorage()
    given = {"account_sid": PARENT, "to": "+15555550100", "status": "queued", "direction": "outbound-api", **fields}
    storage.put(account(PARENT), account(SUB, owner_account_sid=PARENT), *records)
    storage.put(Call.model_construct(sid=SID, from_="+15555550111", date_created=storage.now, **given))
    return storage


def begin(storage: FakeStorage, node: str = "one") -> Dialing | None:
    return storage.write_sync(lambda unit: begin_dialing(unit, SID, node))


def codes(storage: FakeStorage) -> list[str | None]:
    return [notification.error_code for notification in storage.all(Notification)]


def test_a_call_is_claimed_once() -> None:
    storage = queued(trunk("TK1"))
    storage.pass_time(2.5)
    dialing = begin(storage)
    assert dialing is not None
    assert (dialing.call.node, dialing.call.queue_time, dialing.call.trunk_sid) == ("one", "2500", "TK1")
    assert dialing.call.start_time == storage.now
    assert begin(storage, "two") is None
    assert storage.one(Call, SID).node == "one"


@pytest.mark.parametrize("status", ["canceled", "failed", "in-progress"])
def test_a_call_that_is_not_queued_any_more_is_left_alone(status: str) -> None:
    storage = queued(trunk("TK1"), status=status)
    before = storage.one(Call, SID)
    assert begin(storage) is None
    assert storage.one(Call, SID) == before


def test_a_deleted_call_is_not_dialled() -> None:
    storage = FakeStorage()
    assert begin(storage) is None


@pytest.mark.parametrize(
    ("records", "fields", "code"),
    [
        ([trunk("TK1")], {"application_sid": "AP" + "9" * 32}, "21218"),
        ([], {}, "13224"),
        ([trunk("TK1", host=None)], {}, "13224"),
        ([trunk("TK1", owner="AC" + "c" * 32)], {}, "13224"),
        ([trunk("TK1"), account(PARENT, status="suspended")], {}, "13224"),
        ([trunk("TK1")], {"account_sid": "AC" + "d" * 32}, "13224"),
    ],
)
def test_what_cannot_be_dialled_fails_and_says_why(records: list[Any], fields: dict[str, Any], code: str) -> None:
    storage = queued(*records, status_callback="http://s.test/", **fields)
    assert begin(storage) is None
    call = storage.one(Call, SID)
    assert (call.status, call.duration, codes(storage)) == ("failed", "0", [code])
    assert [job.arguments["parameters"]["CallStatus"] for job in storage.jobs] == ["failed"]


def test_an_application_that_is_still_there_is_no_obstacle() -> None:
    application = Application.model_construct(sid="AP1", account_sid=PARENT)
    assert begin(queued(trunk("TK1"), application, application_sid="AP1")) is not None


def test_own_trunks_come_before_the_parents_and_low_priorities_first() -> None:
    storage = queued(trunk("TK1"), trunk("TK3", SUB, priority=20), trunk("TK2", SUB, priority=5), account_sid=SUB)
    dialing = begin(storage)
    assert dialing is not None
    assert dialing.trunk is not None
    assert dialing.trunk.sid == "TK2"


def test_a_subaccount_may_use_its_parents_trunk() -> None:
    dialing = begin(queued(trunk("TK1"), account_sid=SUB))
    assert dialing is not None
    assert dialing.trunk is not None
    assert dialing.trunk.sid == "TK1"


def test_a_sip_uri_needs_no_trunk() -> None:
    dialing = begin(queued(to="sip:user@host.test"))
    assert dialing is not None
    assert dialing.trunk is None


async def test_the_job_hands_the_call_to_the_voice_side() -> None:
    live = FakeLiveCalls()
    await place_call(ports_on(FakeStorage(), FakeWebhooks(), live), {"call_sid": SID})
    assert live.orders == [("place", SID)]
