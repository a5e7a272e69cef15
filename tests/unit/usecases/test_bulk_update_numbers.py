"""Plans of bulk changes and what becomes of them when others write meanwhile."""

import pytest
from tests.fakes.unit_of_work import FakeStorage

from callwright.model.errors import ApplicationNotUsable
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.bulk_update_numbers import (
    BulkUpdate,
    Plan,
    UnexpectedCount,
    make_bulk_update,
    plan_bulk_update,
)
from callwright.usecases.number_changes import NumberChanges
from callwright.usecases.ports import RecordChanged
from callwright.usecases.select_numbers import Selector

AC, AP = "AC" + "1" * 32, "AP" + "1" * 32
ACCOUNT = Account.model_construct(
    sid=AC, account_sid=AC, owner_account_sid=AC, auth_token="5" * 32, auth_token_sha256="0" * 64
)
TO_AP = NumberChanges.checked({"sms_application_sid": AP})
ALL = BulkUpdate(Selector(), TO_AP)


def storage_with(numbers: int) -> FakeStorage:
    storage = FakeStorage()
    storage.put(Application.model_construct(sid=AP, account_sid=AC, revision=1))
    storage.put(*(number(at) for at in range(numbers)))
    return storage


def number(at: int) -> IncomingPhoneNumber:
    return IncomingPhoneNumber.model_construct(
        sid=f"PN{at:032x}", account_sid=AC, phone_number=f"+1555{at:07}", friendly_name="x", revision=1
    )


def silent(stage: str, done: int, total: int | None) -> None:
    """Nobody follows."""


def planned(storage: FakeStorage, wanted: BulkUpdate = ALL) -> Plan:
    return storage.read_sync(lambda unit: plan_bulk_update(unit, ACCOUNT, wanted, silent))


def test_a_number_written_after_the_plan_is_noticed_and_nothing_is_written() -> None:
    storage = storage_with(30)
    plan = planned(storage)
    storage.write_sync(lambda unit: unit.update(number(3), {"notes": "meanwhile"}))
    with pytest.raises(RecordChanged):
        storage.write_sync(lambda unit: make_bulk_update(unit, ACCOUNT, plan, silent))
    assert {one.sms_application_sid for one in storage.all(IncomingPhoneNumber)} == {None}
    again = planned(storage)
    storage.write_sync(lambda unit: make_bulk_update(unit, ACCOUNT, again, silent))
    assert storage.one(IncomingPhoneNumber, number(3).sid).notes == "meanwhile"


def test_an_application_deleted_after_the_plan_is_refused() -> None:
    storage = storage_with(3)
    plan = planned(storage)
    storage.write_sync(lambda unit: unit.delete(storage.one(Application, AP)))
    with pytest.raises(ApplicationNotUsable):
        storage.write_sync(lambda unit: make_bulk_update(unit, ACCOUNT, plan, silent))
    assert {one.sms_application_sid for one in storage.all(IncomingPhoneNumber)} == {None}


def test_more_than_are_kept_are_read_again_by_the_writer() -> None:
    storage = storage_with(20_500)
    plan = planned(storage)
    assert (plan.kept, plan.difference.changed) == (None, 20_500)
    storage.write_sync(lambda unit: unit.delete(number(0)))
    told: list[tuple[str, int, int | None]] = []
    updated = storage.write_sync(lambda unit: make_bulk_update(unit, ACCOUNT, plan, lambda *now: told.append(now)))
    assert (updated.difference.matched, updated.difference.changed) == (20_499, 20_499)
    assert told[-1] == ("writing", 20_499, 20_500)
    assert {one.sms_application_sid for one in storage.all(IncomingPhoneNumber)} == {AP}


def test_what_is_expected_is_looked_at_when_planning_too() -> None:
    with pytest.raises(UnexpectedCount):
        planned(storage_with(3), BulkUpdate(Selector(), TO_AP, expected_count=4))


def test_a_cleared_name_is_the_number_itself() -> None:
    cleared = NumberChanges.checked({"friendly_name": None})
    assert cleared.differing(number(5)) == {"friendly_name": "(555) 000-0005"}
    named = number(5).model_copy(update={"friendly_name": "(555) 000-0005"})
    assert cleared.differing(named) == {}
