"""What a rollback keeps to: what an account may see and have, what was written since it was planned."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes.unit_of_work import FakeUnitOfWork
from tests.unit.usecases.test_roll_back import AP, BOB, CR, PN, TK, World, a_number, an_application

from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.usecases.carrier_settings import MOST_CARRIERS
from callwright.usecases.last_revision import last_revision
from callwright.usecases.ports import RecordChanged, RecordGone
from callwright.usecases.roll_back import Rollback, make_rollback, plan_group_rollback
from callwright.usecases.trunk_settings import MOST_TRUNKS

SUB = "AC" + "b" * 32


@pytest.fixture
def world() -> World:
    return World()


def planned(world: World, group: str | None = None, limit: int | None = None) -> Rollback:
    wanted = group or world.last_group
    return world.storage.read_sync(lambda unit: plan_group_rollback(unit, world.account, wanted, limit))


def make(world: World, rollback: Rollback) -> None:
    world.write(lambda unit: make_rollback(unit, world.account, rollback))


def test_the_last_revision_of_a_sid_is_told_also_when_the_record_is_gone(world: World) -> None:
    assert world.storage.read_sync(lambda unit: last_revision(unit, AP)) == 0
    application = an_application(world)
    world.update(application, voice_url="https://b.example/")
    world.delete(application)
    assert world.storage.read_sync(lambda unit: last_revision(unit, AP)) == 3


def test_what_was_deleted_made_again_and_deleted_in_one_unit_is_as_before(world: World) -> None:
    application = an_application(world)

    def work(unit: FakeUnitOfWork) -> None:
        unit.delete(application)
        again = unit.insert(application.model_copy(update={"voice_url": "https://b.example/", "revision": 2}))
        unit.delete(again)

    world.write(work)
    (step,) = world.undo().steps
    assert step.operation == "create"
    assert world.now(application).voice_url == "https://a.example/"


def test_names_of_carriers_that_went_round_come_back_round(world: World) -> None:
    other = "CR" + "2" * 32
    first = world.add(Carrier, CR, friendly_name="a", kind="loopback")
    second = world.add(Carrier, other, friendly_name="b", kind="loopback")

    def rename(unit: FakeUnitOfWork) -> None:
        unit.update(first, {"friendly_name": "c"})
        unit.update(second, {"friendly_name": "a"})

    world.write(rename)
    world.undo()
    assert (world.now(first).friendly_name, world.now(second).friendly_name) == ("a", "b")


def test_a_carriers_name_that_somebody_else_took_since_is_refused(world: World) -> None:
    carrier = world.add(Carrier, CR, friendly_name="a", kind="loopback")
    world.update(carrier, friendly_name="c")
    group = world.last_group
    world.add(Carrier, "CR" + "2" * 32, friendly_name="a", kind="loopback")
    assert "named a already" in world.refused(group, force=True).message.replace("'", "")


def test_a_new_owner_sees_nothing_of_what_the_number_was_and_the_old_one_nothing_of_what_it_is(world: World) -> None:
    sub = world.add_account(SUB, owner=world.account.sid)
    number = a_number(world, voice_url="https://ours.example/")
    world.update(number, BOB, account_sid=sub.sid, voice_url="https://theirs.example/")
    group = world.last_group
    world.update(number, BOB, voice_url="https://later.example/")
    came = world.undo(group, sub, dry_run=True)
    assert [one.field for step in came.steps for one in step.shown] == ["account_sid"]
    assert "ours.example" not in str([step.shown for step in came.steps])
    left = world.undo(group, dry_run=True)
    shown = {one.field: (one.before, one.after) for step in left.steps for one in step.shown}
    assert shown["voice_url"] == (None, "https://ours.example/")
    (conflict,) = left.conflicts
    assert (conflict.field, conflict.credential, conflict.group_id) == ("voice_url", None, None)


def test_a_number_that_was_moved_away_is_not_deleted_by_undoing_its_purchase(world: World) -> None:
    sub = world.add_account(SUB, owner=world.account.sid)
    number = a_number(world)
    bought = world.last_group
    world.update(number, account_sid=sub.sid, notes="theirs")
    refusal = world.refused(bought, force=True)
    assert "moved to another account" in refusal.message
    told = world.undo(bought, dry_run=True)
    assert "theirs" not in str([step.shown for step in told.steps])


def test_applications_come_back_only_up_to_the_limit(world: World) -> None:
    application = an_application(world)
    world.delete(application)
    group = world.last_group
    world.add(Application, "AP" + "2" * 32)
    (conflict,) = planned(world, group, limit=1).plan.conflicts
    assert (conflict.sid, conflict.can_be_forced) == (AP, False)
    assert "1 of 1 applications" in conflict.message
    make(world, planned(world, group, limit=2))
    assert world.now(application)


def many(world: World, kind: Any, prefix: str, count: int) -> None:
    world.storage.put(
        *(
            kind.model_construct(sid=f"{prefix}{at:032x}", account_sid=world.account.sid, friendly_name=str(at))
            for at in range(count)
        )
    )


@pytest.mark.parametrize(
    ("kind", "sid", "most"), [(Carrier, CR, MOST_CARRIERS), (Trunk, TK, MOST_TRUNKS)], ids=["carriers", "trunks"]
)
def test_carriers_and_trunks_come_back_only_up_to_the_limit(world: World, kind: Any, sid: str, most: int) -> None:
    record = world.add(kind, sid, friendly_name="Acme", **({"kind": "loopback"} if kind is Carrier else {}))
    world.delete(record)
    group = world.last_group
    many(world, kind, sid[:2], most - 1)
    assert not world.undo(group, dry_run=True).conflicts
    many(world, kind, sid[:2], most)
    assert f"{most} of {most}" in world.refused(group, force=True).message


def test_of_many_conflicts_the_first_are_explained_and_all_are_counted(world: World) -> None:
    def insert(unit: FakeUnitOfWork) -> list[Any]:
        numbers = [
            IncomingPhoneNumber.model_construct(
                sid=f"PN{at:032x}", account_sid=world.account.sid, phone_number=f"+1555{at:07}"
            )
            for at in range(150)
        ]
        return [unit.insert(number) for number in numbers]

    numbers = world.write(insert)
    groups = []
    for notes in ("a", "b"):
        world.write(lambda unit, notes=notes: unit.update_all(numbers, {"notes": notes}))
        groups.append(world.last_group)
    looked_for = 0

    def counted(unit: FakeUnitOfWork) -> Rollback:
        revisions = unit.revisions

        def count(wanted: Any, *, limit: int) -> Any:
            nonlocal looked_for
            looked_for += wanted.sid is not None
            return revisions(wanted, limit=limit)

        unit.revisions = count  # type: ignore[method-assign]  # counts what it is asked for
        return plan_group_rollback(unit, world.account, groups[0])

    rollback = world.storage.read_sync(counted)
    assert looked_for == 100
    assert [one.credential is not None for one in rollback.plan.conflicts] == [True] * 100 + [False] * 50
    details = world.refused(groups[0]).details
    assert (len(details["conflicts"]), details["conflict_count"]) == (100, 150)


def deleted(world: World) -> Any:
    application = an_application(world)
    number = a_number(world, voice_application_sid=AP)
    world.update(number, voice_application_sid=None)
    return application, number, world.last_group


def test_what_was_written_since_the_plan_is_noticed(world: World) -> None:
    application, number, group = deleted(world)
    meanwhile: list[Callable[[], None]] = [
        lambda: world.update(number, notes="x"),
        lambda: world.delete(application),
        lambda: world.delete(number),
    ]
    for happen in meanwhile:
        before, rollback = world.storage.content.copy(), planned(world, group)
        happen()
        written = world.last_id
        with pytest.raises((RecordChanged, RecordGone)):
            make(world, rollback)
        assert world.last_id == written
        world.storage.content = before


def test_what_came_into_use_since_the_plan_is_not_deleted(world: World) -> None:
    application = an_application(world)
    rollback = planned(world)
    a_number(world, PN, voice_application_sid=AP)
    with pytest.raises(RecordChanged):
        make(world, rollback)
    assert world.now(application)


def test_what_was_changed_since_the_plan_is_not_deleted(world: World) -> None:
    application = an_application(world)
    rollback = planned(world)
    world.update(application, notes="mine")
    with pytest.raises(RecordChanged):
        make(world, rollback)
    assert world.now(application).notes == "mine"
