"""Applications with their use, and the guard on deletes, on both engines."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from tests.storage.records import AC, ALICE, OTHER_AC, account, call, number, stored_application, stored_call

from callwright.model.exchange import Exchange
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.scheduled_change import ScheduledChange
from callwright.storage.database import Database
from callwright.usecases.application_use import use_of
from callwright.usecases.change_application import change_application
from callwright.usecases.delete_application import ApplicationInUse, delete_application
from callwright.usecases.list_applications import ApplicationSearch, list_applications
from callwright.usecases.numbers_of_application import numbers_of
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.roll_back import roll_back_group


@pytest.fixture
def owner(database: Database) -> Account:
    return database.write_sync(lambda unit: unit.insert(account(unit)), ALICE)


def stored_numbers(database: Database, *targets: dict[str, str]) -> list[IncomingPhoneNumber]:
    def work(unit: UnitOfWork) -> list[IncomingPhoneNumber]:
        return [unit.insert(number(unit, f"+1555{at:07}", **fields)) for at, fields in enumerate(targets)]

    return database.write_sync(work, ALICE)


def _number(unit: UnitOfWork, sid: str) -> list[IncomingPhoneNumber]:
    return unit.select(IncomingPhoneNumber, [Condition("sid", sid)], limit=2)


def test_use_is_told_for_many_applications_at_once(database: Database) -> None:
    used, idle = stored_application(database), stored_application(database)
    both = {"voice_application_sid": used.sid, "sms_application_sid": used.sid}
    stored_numbers(database, both, {"voice_application_sid": used.sid})
    stored_call(database, application_sid=used.sid)
    newest = stored_call(database, application_sid=used.sid)

    def fail(unit: Any) -> None:
        for is_failure, age_h in ((True, 0), (True, 25), (False, 0)):
            exchange = Exchange.model_construct(
                sid=unit.new_sid("EX"), account_sid=AC, application_sid=used.sid, is_failure=is_failure
            )
            if age_h:  # SIDs tell the time
                ticks = int(exchange.sid[2:], 16) - (int(timedelta(hours=age_h).total_seconds() * 4096 * 1000) << 68)
                exchange = exchange.model_copy(update={"sid": f"EX{ticks:032x}"})
            unit.insert(exchange)

    database.write_sync(fail, ALICE)
    use = database.read_sync(lambda unit: use_of(unit, [used, idle]))
    assert use[used.sid].numbers == {"voice": 2, "sms": 1}
    assert use[used.sid].last_call == newest
    assert (use[used.sid].failures_24h, use[used.sid].last_message) == (1, None)
    assert use[idle.sid] == replace(use[idle.sid], numbers={"voice": 0, "sms": 0}, last_call=None, failures_24h=0)
    assert database.read_sync(lambda unit: use_of(unit, [])) == {}


def test_our_settings_are_stored_as_they_were_checked(database: Database, owner: Account) -> None:
    sid = stored_application(database).sid
    settings = {
        "tags": ["b", "a"],
        "voice_variants": [{"url": "https://a.example/", "weight": 0.5}],
        "variant_guard": {},
        "opening_hours": {"time_zone": "Europe/Berlin", "week": {"monday": ["09:00-17:00"]}},
    }
    changed = database.write_sync(lambda unit: change_application(unit, owner, sid, settings, 1), ALICE)
    read = database.read_sync(lambda unit: unit.get(Application, sid))
    assert read == changed
    assert (read.tags, read.voice_variants) == (["a", "b"], settings["voice_variants"])
    assert read.variant_guard == {"failure_percent": 20, "least_requests": 20, "window_s": 300}


def test_the_unused_are_found_page_after_page(database: Database, owner: Account) -> None:
    applications = [stored_application(database) for _ in range(5)]
    stored_application(database, account_sid=OTHER_AC)
    stored_numbers(database, {"sms_application_sid": applications[2].sid})
    wanted = ApplicationSearch(unused=True)
    found: list[str] = []

    def next_page(unit: UnitOfWork) -> list[Application]:
        return list_applications(unit, owner, wanted, limit=2, before_sid=found[-1] if found else None)

    while page := database.read_sync(next_page):
        found += [application.sid for application in page]
    assert found == [application.sid for application in reversed(applications) if application != applications[2]]


def test_a_guarded_delete_moves_numbers_and_its_undo_brings_all_back(database: Database, owner: Account) -> None:
    old, new = stored_application(database, tags=["vip"]), stored_application(database)
    voice, sms = {"voice_application_sid": old.sid}, {"sms_application_sid": old.sid}
    both = voice | sms
    numbers = stored_numbers(database, voice, sms, both, {})
    live = database.write_sync(lambda unit: unit.insert(call(unit, application_sid=old.sid, status="ringing")), ALICE)
    assert isinstance(live, Call)

    def delete(unit: UnitOfWork, **options: Any) -> Any:
        return delete_application(unit, owner, old.sid, **options)

    with pytest.raises(ApplicationInUse) as refused:
        database.write_sync(delete, ALICE)
    assert refused.value.details["numbers"] == {"voice": 2, "sms": 2}
    assert refused.value.details["live_calls"] == 1
    deleted = database.write_sync(lambda unit: delete(unit, replace_with=new.sid), ALICE)
    assert (deleted.moved, deleted.left) == ({"voice": 2, "sms": 2}, {"voice": 0, "sms": 0})
    moved = database.read_sync(lambda unit: numbers_of(unit, new, None, 10, None))
    assert [one.sid for one in moved] == [one.sid for one in reversed(numbers[:3])]
    database.write_sync(lambda unit: roll_back_group(unit, owner, deleted.group_id), ALICE)
    back = database.read_sync(lambda unit: unit.get(Application, old.sid))
    assert back is not None
    assert (back.friendly_name, back.tags) == (old.friendly_name, ["vip"])
    for one, fields in zip(numbers, (voice, sms, both, {}), strict=True):
        [stored] = database.read_sync(partial(_number, sid=one.sid))
        assert stored.voice_application_sid == fields.get("voice_application_sid")
        assert stored.sms_application_sid == fields.get("sms_application_sid")


def test_scheduled_changes_are_in_the_way(database: Database, owner: Account) -> None:
    application = stored_application(database)

    def schedule(unit: UnitOfWork) -> ScheduledChange:
        fields: dict[str, Any] = {"resource": "incoming_phone_numbers", "target_sid": "PN" + "1" * 32, "at": unit.now}
        changes = {"voice_application_sid": application.sid}
        return unit.insert(
            ScheduledChange.model_construct(
                sid=unit.new_sid("CH"), account_sid=AC, credential=AC, changes=changes, **fields
            )
        )

    change = database.write_sync(schedule, ALICE)
    with pytest.raises(ApplicationInUse) as refused:
        database.write_sync(lambda unit: delete_application(unit, owner, application.sid), ALICE)
    assert [one["sid"] for one in refused.value.details["scheduled_changes"]] == [change.sid]
