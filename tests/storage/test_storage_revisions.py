"""The history of configuration records, on both engines."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.storage.records import AC, ALICE, OTHER_AC, account, application, stored_application, stored_call

from callwright.model.actor import SERVER
from callwright.model.revision import CHANGED_SECRET, SECRET, Revision, RevisionFilter
from callwright.storage.database import Database
from callwright.usecases.ports import UnitOfWork


def revisions(database: Database, **filters: Any) -> list[Revision]:
    limit = filters.pop("limit", 50)
    return database.read_sync(lambda unit: unit.revisions(RevisionFilter(**filters), limit=limit))


def test_every_write_tells_who_when_from_where_before_and_after(database: Database) -> None:
    before = datetime.now(UTC)
    stored = stored_application(database, voice_url="https://a.example/")
    database.write_sync(lambda unit: unit.update(stored, {"voice_url": "https://b.example/"}), ALICE)
    database.write_sync(lambda unit: unit.delete(stored), SERVER)

    deleted, updated, created = revisions(database)
    assert [one.operation for one in (created, updated, deleted)] == ["create", "update", "delete"]
    assert [one.revision for one in (created, updated, deleted)] == [1, 2, 3]
    assert {(one.account_sid, one.resource, one.sid) for one in (created, updated, deleted)} == {
        (AC, "applications", stored.sid)
    }
    assert (updated.credential, updated.address) == (AC, "192.0.2.7")
    assert (updated.user_agent, updated.reason) == ("twilio-python/9.13", "new web app")
    assert (deleted.credential, deleted.address) == ("server", None)
    assert before <= created.at <= updated.at <= deleted.at <= datetime.now(UTC)

    assert created.before is None
    assert deleted.after is None
    assert updated.before == created.after
    assert updated.after == deleted.before
    assert updated.before is not None
    assert updated.after is not None
    differing = {name for name, value in updated.after.items() if value != updated.before[name]}
    assert differing == {"voice_url", "revision", "date_updated"}
    assert (updated.before["voice_url"], updated.after["voice_url"]) == ("https://a.example/", "https://b.example/")


def test_dates_in_revisions_are_iso_text(database: Database) -> None:
    stored = stored_application(database)
    (created,) = revisions(database)
    assert created.after is not None
    assert datetime.fromisoformat(created.after["date_created"]) == stored.date_created


def test_secrets_never_reach_the_history(database: Database) -> None:
    stored = database.write_sync(lambda unit: unit.insert(account(unit)), ALICE)
    database.write_sync(lambda unit: unit.update(stored, {"auth_token": "even-more-secret"}), ALICE)
    database.write_sync(lambda unit: unit.update(stored, {"friendly_name": "Main"}), ALICE)
    renamed, changed, created = revisions(database)
    assert "secret-" not in repr([renamed, changed, created])
    assert "very-secret" not in repr([renamed, changed, created])
    assert created.after is not None
    assert changed.after is not None
    assert renamed.after is not None
    assert (created.after["auth_token"], created.after["auth_token_sha256"]) == (SECRET, SECRET)
    assert (changed.after["auth_token"], changed.after["auth_token_sha256"]) == (CHANGED_SECRET, SECRET)
    assert renamed.after["auth_token"] == SECRET


def test_one_unit_of_work_is_one_group(database: Database) -> None:
    def two(unit: UnitOfWork) -> None:
        unit.insert(application(unit))
        unit.insert(application(unit))

    database.write_sync(two, ALICE)
    database.write_sync(two, ALICE)
    groups = [one.group_id for one in revisions(database)]
    assert groups[0] == groups[1] != groups[2] == groups[3]


def test_what_is_rolled_back_leaves_no_revision(database: Database) -> None:
    def fail(unit: UnitOfWork) -> None:
        unit.insert(application(unit))
        raise LookupError

    with pytest.raises(LookupError):
        database.write_sync(fail, ALICE)
    assert revisions(database) == []


def test_records_without_history_leave_no_revision(database: Database) -> None:
    stored = stored_call(database)
    changed = database.write_sync(lambda unit: unit.update(stored, {"status": "ringing"}), ALICE)
    assert changed.revision == 0
    assert revisions(database) == []


def test_revisions_are_paged_and_filtered(database: Database) -> None:
    first = stored_application(database)
    for name in "abcd":
        _write(database, lambda unit, name=name: unit.update(first, {"friendly_name": name}))  # type: ignore[misc]  # mypy cannot type a lambda's default
    stored_application(database, account_sid=OTHER_AC)
    page = revisions(database, sid=first.sid, limit=3)
    assert [one.revision for one in page] == [5, 4, 3]
    assert [one.revision for one in revisions(database, sid=first.sid, before_id=page[-1].id)] == [2, 1]
    assert [one.account_sid for one in revisions(database, account_sid=OTHER_AC)] == [OTHER_AC]


def test_a_hostile_user_agent_does_not_keep_its_request_from_being_stored(database: Database) -> None:
    from callwright.model.actor import Actor

    actor = Actor(AC, user_agent="curl\0\udc80" + "x" * 10_000)
    database.write_sync(lambda unit: unit.insert(application(unit)), actor)
    (created,) = revisions(database)
    assert created.user_agent is not None
    assert created.user_agent.startswith("curl\ufffd?x")
    assert len(created.user_agent) == 500


def _write(database: Database, work: Callable[[UnitOfWork], Any]) -> None:
    database.write_sync(work, ALICE)
