"""What one unit of work does, on both engines."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.storage.records import AC, ALICE, OTHER_AC, application, call, number, stored_application, stored_call

from callwright.model.record import Record
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.revision import RevisionFilter
from callwright.storage.database import Database
from callwright.usecases.ports import Condition, Job, RecordExists, RecordGone, UnitOfWork


class Refused(Exception):
    """Raised by units of work that are to be rolled back."""


def test_a_record_comes_back_as_it_was_stored(database: Database) -> None:
    moment = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    stored = stored_call(
        database,
        start_time=moment,
        status_callback_events=["ringing", "completed"],
        dialing={"timeout_s": 20, "nested": {"grüße": [1.5, None, True]}},
        sip_response_code=486,
        caller_name="Zoë 📞",
    )
    fetched = database.read_sync(lambda unit: unit.get(Call, stored.sid))
    assert fetched is not None
    assert fetched == stored
    assert fetched.start_time == moment
    assert fetched.start_time.utcoffset() == timedelta()
    assert fetched.model_dump() == stored.model_dump()


def test_insert_sets_dates_and_the_first_revision(database: Database) -> None:
    before = datetime.now(UTC)
    stored = stored_application(database)
    assert stored.revision == 1
    assert stored.date_created == stored.date_updated
    assert stored.date_created is not None
    assert before <= stored.date_created <= datetime.now(UTC)


def test_update_answers_the_new_record_and_counts_its_revision(database: Database) -> None:
    stored = stored_application(database, voice_url="https://a.example/voice")
    changed = database.write_sync(lambda unit: unit.update(stored, {"friendly_name": "Zwei"}), ALICE)
    assert (changed.friendly_name, changed.voice_url, changed.revision) == ("Zwei", "https://a.example/voice", 2)
    assert changed.date_created == stored.date_created
    assert database.read_sync(lambda unit: unit.get(Application, stored.sid)) == changed


def test_update_with_an_old_record_keeps_what_others_changed_meanwhile(database: Database) -> None:
    old = stored_application(database)
    database.write_sync(lambda unit: unit.update(old, {"voice_url": "https://a.example/"}), ALICE)
    changed = database.write_sync(lambda unit: unit.update(old, {"friendly_name": "B"}), ALICE)
    assert (changed.voice_url, changed.friendly_name, changed.revision) == ("https://a.example/", "B", 3)


def test_update_clears_what_is_set_to_none(database: Database) -> None:
    stored = stored_application(database, voice_url="https://a.example/")
    assert database.write_sync(lambda unit: unit.update(stored, {"voice_url": None}), ALICE).voice_url is None


def test_update_of_a_deleted_record_raises_record_gone(database: Database) -> None:
    def delete_and_update(stored: Record) -> None:
        database.write_sync(lambda unit: unit.delete(stored), ALICE)
        database.write_sync(lambda unit: unit.update(stored, {"status_callback": None}), ALICE)

    for stored in (stored_application(database), stored_call(database)):
        with pytest.raises(RecordGone):
            delete_and_update(stored)


def test_deleting_twice_is_harmless(database: Database) -> None:
    stored = stored_application(database)
    for _ in range(2):
        database.write_sync(lambda unit: unit.delete(stored), ALICE)
    assert database.read_sync(lambda unit: unit.get(Application, stored.sid)) is None
    assert [one.operation for one in database.read_sync(lambda unit: unit.revisions(RevisionFilter(), limit=9))] == [
        "delete",
        "create",
    ]


def test_a_failing_unit_of_work_stores_nothing(database: Database) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.insert(application(unit))
        unit.insert(call(unit))
        raise Refused

    with pytest.raises(Refused):
        database.write_sync(work, ALICE)
    assert database.read_sync(lambda unit: (unit.count(Application), unit.count(Call))) == (0, 0)


def test_a_phone_number_exists_once_on_the_server(database: Database) -> None:
    def both(unit: UnitOfWork) -> bool:
        unit.insert(number(unit, "+15550001"))
        with pytest.raises(RecordExists):
            unit.insert(number(unit, "+15550001", account_sid=OTHER_AC))
        unit.insert(number(unit, "+15550002"))  # the unit of work can go on
        return True

    assert database.write_sync(both, ALICE)
    assert database.read_sync(lambda unit: unit.count(IncomingPhoneNumber)) == 2


def test_lists_go_newest_first_and_their_cursor_survives_inserts_and_deletes(database: Database) -> None:
    stored = [stored_application(database, friendly_name=str(at)) for at in range(7)]

    def page(before_sid: str | None) -> list[Application]:
        conditions = [Condition("account_sid", AC)]
        return database.read_sync(lambda unit: unit.select(Application, conditions, limit=3, before_sid=before_sid))

    first = page(None)
    assert [one.friendly_name for one in first] == ["6", "5", "4"]
    stored_application(database, friendly_name="new")
    database.write_sync(lambda unit: unit.delete(first[-1]), ALICE)
    database.write_sync(lambda unit: unit.delete(stored[2]), ALICE)
    second = page(first[-1].sid)
    assert [one.friendly_name for one in second] == ["3", "1", "0"]
    assert page(second[-1].sid) == []


def test_a_cursor_leads_back_to_the_rows_next_to_it(database: Database) -> None:
    for at in range(7):
        stored_application(database, friendly_name=str(at))
    everything = database.read_sync(lambda unit: unit.select(Application, limit=10))

    def back_from(at: int) -> list[str | None]:
        sid = everything[at].sid
        rows = database.read_sync(lambda unit: unit.select(Application, limit=3, after_sid=sid))
        return [row.friendly_name for row in rows]

    assert [row.friendly_name for row in everything] == ["6", "5", "4", "3", "2", "1", "0"]
    assert back_from(6) == ["3", "2", "1"]
    assert back_from(2) == ["6", "5"]
    assert back_from(0) == []


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ([Condition("status", "ringing")], "b"),
        ([Condition("status", "ringing", "ne")], "acd"),
        ([Condition("caller_name", None)], "d"),
        ([Condition("caller_name", None, "ne")], "abc"),
        ([Condition("caller_name", "a", "ne")], "bcd"),
        ([Condition("start_time", datetime(2026, 1, 2, tzinfo=UTC), "lt")], "a"),
        ([Condition("start_time", datetime(2026, 1, 2, tzinfo=UTC), "le")], "ab"),
        ([Condition("start_time", datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=1))), "le")], "ab"),
        ([Condition("start_time", datetime(2026, 1, 2, tzinfo=UTC), "gt")], "c"),
        ([Condition("start_time", datetime(2026, 1, 2, tzinfo=UTC), "ge")], "bc"),
        ([Condition("start_time", None, "gt")], ""),
        ([Condition("status", ["ringing", "busy"], "in")], "bc"),
        ([Condition("status", [], "in")], ""),
        ([Condition("caller_name", ["a", None], "in")], "ad"),
        ([Condition("to", "555", "digits")], "abc"),
        ([Condition("to", "+1555*2", "digits")], "b"),
        ([Condition("to", "%", "digits")], "d"),
        ([Condition("to", "a_b", "digits")], "d"),
        ([Condition("to", "!", "digits")], ""),
        ([Condition("to", "5551", "digits"), Condition("status", "queued")], "a"),
        ([Condition("status", "ring\0ing")], ""),
        ([Condition("status", "ring\0ing", "ne")], "abcd"),
    ],
)
def test_conditions(database: Database, conditions: list[Condition], found: str) -> None:
    days: dict[str, Any] = {name: datetime(2026, 1, day, tzinfo=UTC) for day, name in enumerate("abc", 1)}

    def store(unit: UnitOfWork) -> None:
        for name, status, to in (("a", "queued", "+155511"), ("b", "ringing", "+155512"), ("c", "busy", "+155533")):
            unit.insert(call(unit, caller_name=name, sip_call_id=name, status=status, to=to, start_time=days[name]))
        unit.insert(call(unit, sip_call_id="d", status="failed", to="sip:A_B%c"))

    database.write_sync(store, ALICE)
    calls = database.read_sync(lambda unit: unit.select(Call, conditions, limit=10))
    assert "".join(sorted(str(one.sip_call_id) for one in calls)) == found
    assert database.read_sync(lambda unit: unit.count(Call, conditions)) == len(found)


def test_find_answers_the_newest(database: Database) -> None:
    stored_application(database, voice_url="https://old.example/")
    newest = stored_application(database)
    assert database.read_sync(lambda unit: unit.find(Application, Condition("friendly_name", "Callertron"))) == newest
    assert database.read_sync(lambda unit: unit.find(Application, Condition("friendly_name", "Nobody"))) is None


@pytest.mark.parametrize("text", ["with \0 in it", "half a pair \ud83d"])
def test_text_that_no_engine_can_hold_is_refused_and_never_found(database: Database, text: str) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        stored_application(database, friendly_name=text)
    assert database.read_sync(lambda unit: unit.get(Application, text)) is None
    assert database.read_sync(lambda unit: unit.find(Application, Condition("friendly_name", text))) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start_time", datetime(2026, 1, 1)),  # noqa: DTZ001 - without time zone: that is what is refused
        ("sip_response_code", 2**63),
        ("sip_response_code", "486"),
        ("caller_name", 7),
        ("dialing", {"object": object()}),
    ],
)
def test_values_of_another_type_are_refused_on_both_engines_alike(
    database: Database, field: str, value: object
) -> None:
    with pytest.raises(ValueError):
        stored_call(database, **{field: value})


def test_a_reading_unit_of_work_cannot_write(database: Database) -> None:
    stored = stored_application(database)
    for write in (
        lambda unit: unit.insert(application(unit)),
        lambda unit: unit.update(stored, {"friendly_name": "x"}),
        lambda unit: unit.delete(stored),
        lambda unit: unit.enqueue(Job("anything", {})),
    ):
        with pytest.raises(RuntimeError, match="only reads"):
            database.read_sync(write)


def test_sids_and_unknown_fields_cannot_be_changed(database: Database) -> None:
    stored = stored_application(database)
    with pytest.raises(ValueError, match="cannot change"):
        database.write_sync(lambda unit: unit.update(stored, {"sid": "AP" + "0" * 32}), ALICE)
    with pytest.raises(ValueError, match="stores no"):
        database.write_sync(lambda unit: unit.update(stored, {"no_such_field": 1}), ALICE)


async def test_the_loop_reads_what_it_has_just_written(database: Database) -> None:
    async def read(stored: Application) -> Application | None:
        return await database.read(lambda unit: unit.get(Application, stored.sid))

    for _ in range(20):
        stored = await database.write(lambda unit: unit.insert(application(unit)), ALICE)
        assert await read(stored) == stored


def test_text_that_cannot_be_stored_is_not_found_beside_other_conditions(database: Database) -> None:
    stored = stored_application(database)
    mine, odd = Condition("account_sid", stored.account_sid), Condition("friendly_name", "a\0b")
    for conditions in ([mine, odd], [odd, mine], [odd]):
        assert found(database, conditions) == ([], 0)


def found(database: Database, conditions: list[Condition]) -> tuple[list[Application], int]:
    def work(unit: UnitOfWork) -> tuple[list[Application], int]:
        return unit.select(Application, conditions, limit=5), unit.count(Application, conditions)

    return database.read_sync(work)
