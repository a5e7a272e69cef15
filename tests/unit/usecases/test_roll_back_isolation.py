"""Rollbacks of numbers that were moved between accounts: nobody takes, changes or sees what is another's by now."""

from typing import Any

import pytest
from tests.unit.usecases.test_roll_back import World, a_number, an_application

from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.roll_back import RollbackConflict, roll_back_to, undo_revision

SECRET_URL = "https://parent:secret@a.example/"


@pytest.fixture
def world() -> World:
    return World()


def moved_away(world: World) -> tuple[Any, Any, list[int]]:
    """A subaccount's number that its parent took: the number, the subaccount, revisions it had there."""
    sub = world.add_account("AC" + "b" * 32, owner=world.account.sid)
    number = a_number(world, account_sid=sub.sid, notes="theirs")
    created = world.last_id
    world.update(number, voice_url="https://sub.example/")
    changed = world.last_id
    world.delete(number)
    deleted = world.last_id
    world.write(lambda unit: undo_revision(unit, sub, deleted))
    world.update(number, account_sid=world.account.sid, voice_url=SECRET_URL)
    return number, sub, [created, changed, deleted]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("how", [undo_revision, roll_back_to])
def test_who_had_a_number_neither_takes_nor_changes_nor_sees_it(
    world: World, how: Any, which: int, force: bool
) -> None:
    number, sub, revisions = moved_away(world)
    before = world.now(number)
    with pytest.raises(RollbackConflict) as refused:
        world.write(lambda unit: how(unit, sub, revisions[which], force))
    assert world.now(number) == before
    assert "secret" not in repr(refused.value.details)
    assert world.account.sid not in repr(refused.value.details)
    tried = world.write(lambda unit: how(unit, sub, revisions[which], dry_run=True))
    assert "secret" not in repr([vars(conflict) for conflict in tried.conflicts])
    assert list(tried.steps) == []


def test_a_number_that_comes_home_leaves_what_it_names_behind(world: World) -> None:
    sub = world.add_account("AC" + "b" * 32, owner=world.account.sid)
    number = a_number(world)
    theirs = an_application(world, account_sid=sub.sid)
    world.update(number, account_sid=sub.sid)
    group = world.last_group
    world.update(number, voice_application_sid=theirs.sid, sms_application_sid=theirs.sid)
    world.undo(group, force=True)
    now: IncomingPhoneNumber = world.now(number)
    assert (now.account_sid, now.voice_application_sid, now.sms_application_sid) == (world.account.sid, None, None)


def test_secrets_that_were_changed_since_are_told_by_a_rollback_to_a_revision(world: World) -> None:
    carrier = world.add(Carrier, "CR" + "1" * 32, friendly_name="A", kind="smpp", secrets={"password": "sealed-1"})
    first = world.last_id
    world.update(carrier, secrets={"password": "sealed-2"})
    done = world.write(lambda unit: roll_back_to(unit, world.account, first, dry_run=True))
    assert [step.secrets for step in done.steps] == [["secrets.password"]]
