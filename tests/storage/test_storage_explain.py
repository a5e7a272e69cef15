"""Explain and refusals on both engines: what the fake storage cannot tell about look-ups and odd text."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.messaging import FakeCarriers
from tests.fakes.voice import account
from tests.storage.records import ALICE

from callwright.config import Settings
from callwright.model.exchange import Exchange, endpoint_of
from callwright.model.opening_hours import checked_opening_hours
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.notification import Notification
from callwright.model.resources.scheduled_change import ScheduledChange
from callwright.model.resources.trunk import Trunk
from callwright.storage.database import Database
from callwright.usecases.answer_call import Admitted, Arrival, answer_call
from callwright.usecases.explain import explain
from callwright.usecases.explanation import Asked, Explanation

NUMBER, CALLER = "+15555550100", "+15555550111"
OWNER = account()
MINE: dict[str, Any] = {"account_sid": OWNER.sid}
AP, TK = "AP" + "1" * 32, "TK" + "1" * 32
HOURS = checked_opening_hours(
    {
        "time_zone": "Asia/Kathmandu",
        "week": {"monday": ["09:00-12:00"]},
        "exceptions": {"2026-12-25": []},
        "closed_voice_url": "http://closed.test/",
    }
)


@pytest.fixture
def stored(database: Database) -> Database:
    """The database with an account, its number, application and trunk, and what Explain warns of."""
    url = "http://app.test/"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    records: list[Any] = [
        OWNER.model_copy(update={"auth_token_sha256": "0" * 64}),
        IncomingPhoneNumber.model_construct(sid="PN" + "1" * 32, phone_number=NUMBER, voice_application_sid=AP, **MINE),
        Application.model_construct(
            sid=AP, friendly_name="a", voice_url=url, opening_hours=HOURS,
            voice_variants=[{"url": "http://v.test/", "weight": 12.5}], **MINE,
        ),
        Trunk.model_construct(sid=TK, friendly_name="t", allowed_sources=["192.0.2.1/32"], **MINE),
        Exchange.model_construct(sid="EX" + "1" * 32, endpoint=endpoint_of(url), is_failure=True, **MINE),
        ScheduledChange.model_construct(
            sid="CH" + "1" * 32, resource="applications", target_sid=AP, at=tomorrow, credential="x",
            changes={"voice_url": "http://b.test/"}, **MINE,
        ),
    ]  # fmt: skip
    database.write_sync(lambda unit: [unit.insert(record) for record in records], ALICE)
    return database


def explained(database: Database, to: str = NUMBER, from_: str = CALLER, at: datetime | None = None) -> Explanation:
    def work(unit: Any) -> Explanation:
        owner = unit.get(Account, OWNER.sid)
        return explain(unit, owner, Asked(to, from_, "voice", TK, None, at), Settings(), FakeCarriers())

    return database.read_sync(work)


def call(database: Database, to: str = NUMBER, from_: str = CALLER) -> Any:
    def work(unit: Any) -> Any:
        return answer_call(unit, Arrival(unit.get(Trunk, TK), to, from_, "id", "node"))

    return database.write_sync(work, ALICE)


def kept_route(database: Database, sid: str) -> Any:
    kept = database.read_sync(lambda unit: unit.get(Call, sid))
    return kept.route if kept is not None else None


def test_a_stored_call_went_where_explain_said(stored: Database) -> None:
    for number in range(40):
        caller = f"+155555501{number:02}"
        told = explained(stored, from_=caller)
        happened = call(stored, from_=caller)
        assert isinstance(happened, Admitted)
        assert told.route is not None
        assert kept_route(stored, happened.call.sid) == told.route.as_dict()


def test_what_stands_in_the_tables_is_warned_of(stored: Database) -> None:
    monday = datetime(2026, 11, 23, 4, tzinfo=UTC)
    told = explained(stored, from_="+15555550100", at=monday)
    assert [caution.kind for caution in told.cautions] == ["open", "variant", "url-failed", "scheduled-change"]
    assert told.cautions[0].at == datetime(2026, 11, 23, 6, 15, tzinfo=UTC)


def test_a_refusal_is_told_once_and_found_again(stored: Database) -> None:
    for _ in range(3):
        assert call(stored, "+15555550999").sip_status == 404
    notifications = stored.read_sync(lambda unit: unit.select(Notification, limit=9))
    assert 1 <= len(notifications) <= 2, "two when the minute ended meanwhile"
    assert "refused-before" in [caution.kind for caution in explained(stored, "+15555550999").cautions]


@pytest.mark.parametrize("hostile", ["é" * 300, "'; drop table calls; --", "%00", "\u202e"])
def test_odd_numbers_are_refused_and_explained(stored: Database, hostile: str) -> None:
    assert call(stored, hostile).sip_status == 404
    assert explained(stored, hostile).outcome.kind == "refused"
