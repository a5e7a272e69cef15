"""
| was done | somebody since | rollback |
|---|---|---|
| fields changed | nothing | those fields are as before, others stay |
| fields changed | changed another field | the same |
| fields changed | changed the same field | 409 names field, who and when; force overwrites |
| fields changed | put it back by hand | nothing to do |
| fields changed | deleted it | 409; force leaves it |
| created | nothing | deleted, unless it is in use |
| deleted | nothing | there again: SID, content, date; secrets have to be set again |
| deleted | took its number | 409, forced too |
| moved to a subaccount | nothing | the parent gets it back |
"""

from typing import Any

import pytest
from tests.fakes.unit_of_work import FakeStorage, FakeUnitOfWork

from callwright.model.actor import Actor
from callwright.model.errors import NotFound
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.model.revision import GroupFilter
from callwright.usecases.roll_back import (
    RollbackConflict,
    RolledBack,
    roll_back_group,
    roll_back_to,
    undo_revision,
)

ALICE, BOB = Actor("AC" + "a" * 32), Actor("AC" + "a" * 32, "192.0.2.9", "curl/8", "tidying up")


class World:
    """Storage in memory with one account, and what its revisions are."""

    def __init__(self) -> None:
        self.storage = FakeStorage()
        self.account = self.add_account("AC" + "a" * 32)

    def add_account(self, sid: str, owner: str | None = None) -> Account:
        account = Account.model_construct(
            sid=sid, account_sid=sid, owner_account_sid=owner or sid, auth_token="t", auth_token_sha256="x",
            friendly_name="An account", status="active", type="Full",
        )  # fmt: skip
        self.storage.put(account)
        return account

    def add(self, record_type: type[Any], sid: str, **fields: Any) -> Any:
        record = record_type.model_construct(sid=sid, **{"account_sid": self.account.sid, **fields})
        return self.write(lambda unit: unit.insert(record))

    def write(self, work: Any, actor: Actor = ALICE) -> Any:
        self.storage.pass_time(1)
        return self.storage.write_sync(work, actor)

    def update(self, record: Any, actor: Actor = ALICE, **changes: Any) -> None:
        self.write(lambda unit: unit.update(record, changes), actor)

    def delete(self, record: Any) -> None:
        self.write(lambda unit: unit.delete(record))

    @property
    def last_group(self) -> str:
        return self.storage.content.revisions[-1].group_id

    @property
    def last_id(self) -> int:
        return self.storage.content.revisions[-1].id

    def undo(self, group: str | None = None, account: Account | None = None, **options: Any) -> RolledBack:
        wanted, owner = group or self.last_group, account or self.account
        done: RolledBack = self.write(lambda unit: roll_back_group(unit, owner, wanted, **options), BOB)
        return done

    def refused(self, group: str | None = None, account: Account | None = None, **options: Any) -> RollbackConflict:
        with pytest.raises(RollbackConflict) as caught:
            self.undo(group, account, **options)
        return caught.value

    def now(self, record: Any) -> Any:
        return self.storage.content.rows[type(record)].get(record.sid)


@pytest.fixture
def world() -> World:
    return World()


AP, PN, PN2, TK, CR = ("AP" + "1" * 32, "PN" + "1" * 32, "PN" + "2" * 32, "TK" + "1" * 32, "CR" + "1" * 32)


def an_application(world: World, **fields: Any) -> Application:
    made: Application = world.add(
        Application, AP, **{"friendly_name": "Shop", "voice_url": "https://a.example/", **fields}
    )
    return made


def a_number(world: World, sid: str = PN, **fields: Any) -> IncomingPhoneNumber:
    made: IncomingPhoneNumber = world.add(IncomingPhoneNumber, sid, **{"phone_number": "+15555550100", **fields})
    return made


def test_the_fields_that_the_group_changed_are_as_before_and_others_stay(world: World) -> None:
    application = an_application(world)
    world.update(application, voice_url="https://b.example/", voice_method="GET")
    group = world.last_group
    world.update(application, sms_url="https://sms.example/")
    done = world.undo(group)
    now = world.now(application)
    assert (now.voice_url, now.voice_method, now.sms_url) == ("https://a.example/", "POST", "https://sms.example/")
    assert now.revision == 4
    assert done.group_id == world.last_group
    (step,) = done.steps
    assert [(one.field, one.before, one.after) for one in step.shown] == [
        ("voice_url", "https://b.example/", "https://a.example/"),
        ("voice_method", "GET", "POST"),
    ]


def test_a_rollback_says_what_it_takes_back_and_can_be_taken_back_itself(world: World) -> None:
    application = an_application(world)
    world.update(application, voice_url="https://b.example/")
    group = world.last_group
    undo = world.undo(group)
    revision = world.storage.content.revisions[-1].as_stored()
    assert revision.reason == f"rollback of {group}: tidying up"
    groups = world.storage.read_sync(lambda unit: unit.revision_groups(GroupFilter(world.account.sid), limit=9))
    assert (groups[0].undoes, groups[1].undone_by) == (group, [undo.group_id])
    world.undo(undo.group_id)
    assert world.now(application).voice_url == "https://b.example/"


def test_what_was_changed_since_is_refused_with_who_and_when_unless_forced(world: World) -> None:
    application = an_application(world)
    world.update(application, voice_url="https://b.example/", voice_method="GET")
    group = world.last_group
    world.update(application, BOB, voice_url="https://c.example/")
    changed_at = world.storage.now
    refusal = world.refused(group)
    (conflict,) = refusal.details["conflicts"]
    assert (conflict["resource"], conflict["sid"], conflict["field"]) == ("applications", AP, "voice_url")
    assert (conflict["credential"], conflict["at"]) == (BOB.credential, changed_at)
    assert world.now(application).voice_method == "GET", "all or nothing"
    world.undo(group, force=True)
    assert (world.now(application).voice_url, world.now(application).voice_method) == ("https://a.example/", "POST")


def test_what_was_put_back_by_hand_is_no_conflict_and_nothing_is_written(world: World) -> None:
    application = an_application(world)
    world.update(application, voice_url="https://b.example/")
    group = world.last_group
    world.update(application, voice_url="https://a.example/")
    written = world.last_id
    assert world.undo(group).group_id is None
    assert world.last_id == written


def test_a_dry_run_tells_and_changes_nothing(world: World) -> None:
    application = an_application(world)
    world.update(application, voice_url="https://b.example/")
    group = world.last_group
    world.update(application, voice_url="https://c.example/")
    written = world.last_id
    told = world.undo(group, dry_run=True)
    assert ([one.field for one in told.conflicts], told.steps[0].shown[0].after) == (
        ["voice_url"],
        "https://a.example/",
    )
    assert world.last_id == written


def test_what_was_deleted_since_is_left_when_forced(world: World) -> None:
    application = an_application(world)
    world.update(application, voice_url="https://b.example/")
    group = world.last_group
    world.delete(application)
    assert "deleted since" in world.refused(group).message
    assert world.undo(group, force=True).group_id is None


def test_what_was_created_is_deleted(world: World) -> None:
    application = an_application(world)
    assert [step.operation for step in world.undo().steps] == ["delete"]
    assert world.now(application) is None


def test_an_application_in_use_is_not_deleted_unless_forced(world: World) -> None:
    application = an_application(world)
    group = world.last_group
    a_number(world, voice_application_sid=AP)
    refusal = world.refused(group)
    assert "+15555550100" in refusal.message
    world.undo(group, force=True)
    assert world.now(application) is None


def test_a_trunk_in_use_is_not_deleted_even_if_forced(world: World) -> None:
    world.add(Trunk, TK, friendly_name="Line")
    group = world.last_group
    a_number(world, trunk_sid=TK)
    assert "With force" not in world.refused(group, force=True).message


def test_an_application_and_the_number_that_came_with_it_go_together(world: World) -> None:
    def both(unit: FakeUnitOfWork) -> None:
        own: dict[str, Any] = {"account_sid": world.account.sid}
        unit.insert(Application.model_construct(sid=AP, **own))
        number = IncomingPhoneNumber.model_construct(
            sid=PN, phone_number="+15555550100", voice_application_sid=AP, **own
        )
        unit.insert(number)

    world.write(both)
    group = world.last_group
    undo = world.undo(group)
    assert not world.storage.all(IncomingPhoneNumber)
    world.undo(undo.group_id)
    assert world.storage.one(IncomingPhoneNumber, PN).voice_application_sid == AP


def test_what_was_deleted_is_there_again_with_sid_content_and_date(world: World) -> None:
    application = an_application(world, tags=["a"], opening_hours={"time_zone": "UTC"})
    world.delete(application)
    world.undo()
    now = world.now(application)
    assert now.model_dump(exclude={"revision", "date_updated"}) == application.model_dump(
        exclude={"revision", "date_updated"}
    )
    assert now.revision == 3


def test_a_number_that_was_taken_since_is_not_put_back(world: World) -> None:
    number = a_number(world)
    world.delete(number)
    group = world.last_group
    a_number(world, PN2)
    assert "belongs to PN2222" in world.refused(group, force=True).message
    stranger = world.add_account("AC" + "b" * 32)
    world.storage.put(world.now(a_number_of(world)).model_copy(update={"account_sid": stranger.sid}))
    message = world.refused(group, force=True).message
    assert "another account" in message
    assert "PN2222" not in message


def a_number_of(world: World) -> IncomingPhoneNumber:
    return world.storage.one(IncomingPhoneNumber, PN2)


def test_a_number_is_not_pointed_at_an_application_that_is_gone(world: World) -> None:
    application = an_application(world)
    number = a_number(world, voice_application_sid=AP, voice_url="https://n.example/")
    world.update(number, voice_application_sid=None, voice_url=None)
    group = world.last_group
    world.delete(application)
    deletion = world.last_group
    assert "put that back first" in world.refused(group).message
    done = world.undo(group, force=True)
    assert (world.now(number).voice_application_sid, world.now(number).voice_url) == (None, "https://n.example/")
    assert "is gone" in done.steps[0].notes[0]
    world.undo(deletion)
    world.undo(group)
    assert world.now(number).voice_application_sid == AP


def test_a_carrier_comes_back_without_its_secrets_and_switched_off(world: World) -> None:
    secrets = {"password": "sealed", "token": "env:TOKEN"}
    carrier = world.add(Carrier, CR, friendly_name="Acme", kind="smpp", secrets=secrets)
    world.delete(carrier)
    (step,) = world.undo().steps
    assert step.secrets == ["secrets.password"]
    assert "switched off" in step.notes[0]
    assert (world.now(carrier).secrets, world.now(carrier).is_enabled) == ({"token": "env:TOKEN"}, False)


def test_a_changed_secret_stays_and_is_told(world: World) -> None:
    carrier = world.add(Carrier, CR, friendly_name="Acme", kind="smpp", secrets={"password": "sealed"}, priority=1)
    world.update(carrier, secrets={"password": "other", "new": "added"}, priority=2)
    (step,) = world.undo().steps
    assert step.secrets == ["secrets.password"]
    assert (world.now(carrier).secrets, world.now(carrier).priority) == ({"password": "other"}, 1)


def test_other_accounts_groups_are_not_there(world: World) -> None:
    an_application(world)
    stranger = world.add_account("AC" + "b" * 32)
    with pytest.raises(NotFound):
        world.undo(account=stranger)
    with pytest.raises(NotFound):
        world.write(lambda unit: roll_back_to(unit, stranger, 1))


def test_a_moved_number_comes_back_to_the_parent_but_is_not_sent_there_by_the_subaccount(world: World) -> None:
    sub = world.add_account("AC" + "b" * 32, owner=world.account.sid)
    number = a_number(world, voice_url="https://n.example/")
    world.update(number, account_sid=sub.sid, voice_url=None)
    group = world.last_group
    assert world.refused(group, sub, force=True).details["conflicts"][0]["field"] == "account_sid"
    world.undo(group)
    assert (world.now(number).account_sid, world.now(number).voice_url) == (world.account.sid, "https://n.example/")


def test_thousands_of_numbers_are_put_back_by_few_updates(world: World) -> None:
    for at in range(1200):
        a_number(world, f"PN{at:032x}", phone_number=f"+1555{at:07}", voice_url=f"https://{at % 3}.example/")
    world.write(lambda unit: unit.update_all(unit.select(IncomingPhoneNumber, limit=9999), {"voice_url": None}))
    calls: list[int] = []
    group = world.last_group

    def counted(unit: Any) -> None:
        update_all = unit.update_all

        def count(records: Any, changes: Any, **options: Any) -> Any:
            calls.append(len(records))
            return update_all(records, changes, **options)

        unit.update_all = count
        roll_back_group(unit, world.account, group)

    world.write(counted)
    assert sorted(calls) == [400, 400, 400]
    assert {one.voice_url for one in world.storage.all(IncomingPhoneNumber)} == {
        f"https://{at}.example/" for at in "012"
    }


def test_a_record_is_made_what_it_was_after_a_revision_whatever_came_since(world: World) -> None:
    application = an_application(world)
    first = world.last_id
    world.update(application, voice_url="https://b.example/")
    world.update(application, BOB, sms_url="https://sms.example/")
    world.write(lambda unit: roll_back_to(unit, world.account, first))
    assert (world.now(application).voice_url, world.now(application).sms_url) == ("https://a.example/", None)
    world.delete(application)
    world.write(lambda unit: roll_back_to(unit, world.account, first))
    assert world.now(application).voice_url == "https://a.example/"
    deletion = world.last_id - 1
    world.write(lambda unit: roll_back_to(unit, world.account, deletion))
    assert world.now(application) is None


def test_one_revision_is_undone(world: World) -> None:
    application = an_application(world)
    world.update(application, voice_url="https://b.example/")
    undone = world.last_id
    world.update(application, sms_url="https://sms.example/")
    world.write(lambda unit: undo_revision(unit, world.account, undone))
    assert (world.now(application).voice_url, world.now(application).sms_url) == (
        "https://a.example/",
        "https://sms.example/",
    )


def test_several_writes_of_one_record_in_a_unit_are_put_back_together(world: World) -> None:
    def several(unit: FakeUnitOfWork) -> None:
        record: Any = Application.model_construct(sid=AP, account_sid=world.account.sid, voice_url="https://1.example/")
        stored = unit.insert(record)
        unit.update(stored, {"voice_url": "https://2.example/"})

    world.write(several)
    world.undo()
    assert not world.storage.all(Application)
    application = an_application(world)

    def twice(unit: FakeUnitOfWork) -> None:
        for url in ("https://x.example/", "https://y.example/"):
            unit.update(application, {"voice_url": url})
        unit.delete(application)

    world.write(twice)
    world.undo()
    assert world.now(application).voice_url == "https://a.example/"
