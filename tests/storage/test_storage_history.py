"""Groups of revisions, filters of the history and rollbacks, on both engines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from tests.storage.records import AC, ALICE, OTHER_AC, account, application, number, stored_application
from tests.storage.test_storage_migrations import connected

from callwright.config import Settings
from callwright.model.actor import SERVER, Actor
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.revision import GroupCount, GroupFilter, Revision, RevisionFilter, RevisionGroup
from callwright.storage.database import Database, open_database
from callwright.storage.migration import configuration
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.roll_back import RollbackConflict, RolledBack, roll_back_group

BOB = Actor(OTHER_AC, "192.0.2.8")


def revisions(database: Database, **filters: Any) -> list[Revision]:
    limit = filters.pop("limit", 1000)
    return database.read_sync(lambda unit: unit.revisions(RevisionFilter(**filters), limit=limit))


def groups(database: Database, **filters: Any) -> list[RevisionGroup]:
    limit = filters.pop("limit", 1000)
    wanted = GroupFilter(**{"account_sid": AC, **filters})
    return database.read_sync(lambda unit: unit.revision_groups(wanted, limit=limit))


def numbers(database: Database, how_many: int) -> list[IncomingPhoneNumber]:
    def work(unit: UnitOfWork) -> list[IncomingPhoneNumber]:
        urls = [f"https://{at % 3}.example/" for at in range(how_many)]
        return [unit.insert(number(unit, f"+1555{at:07}", voice_url=url)) for at, url in enumerate(urls)]

    return database.write_sync(work, ALICE)


def test_a_group_tells_who_when_why_and_how_many_of_what(database: Database) -> None:
    def several(unit: UnitOfWork) -> str:
        first = unit.insert(application(unit))
        unit.update(first, {"notes": "x"})
        unit.insert(number(unit, "+15555550100"))
        unit.insert(application(unit, account_sid=OTHER_AC))
        return unit.group_id

    group_id = database.write_sync(several, ALICE)
    (own,) = groups(database)
    assert (own.group_id, own.credential, own.address) == (group_id, ALICE.credential, ALICE.address)
    assert (own.user_agent, own.reason, own.undoes, own.undone_by) == (ALICE.user_agent, ALICE.reason, None, [])
    assert list(own.counts) == [
        GroupCount("applications", "create", 1),
        GroupCount("applications", "update", 1),
        GroupCount("incoming_phone_numbers", "create", 1),
    ]
    (others,) = groups(database, account_sid=OTHER_AC)
    assert (others.group_id, list(others.counts)) == (group_id, [GroupCount("applications", "create", 1)])


def test_bulk_updates_are_in_the_group_too(database: Database) -> None:
    rows = numbers(database, 30)
    database.write_sync(lambda unit: unit.update_all(rows, {"voice_url": None}), BOB)
    assert list(groups(database)[0].counts) == [GroupCount("incoming_phone_numbers", "update", 30)]
    assert groups(database, credential=BOB.credential) == [groups(database)[0]]


def test_a_reason_given_within_comes_before_the_clients_and_the_group_knows_what_it_takes_back(
    database: Database,
) -> None:
    stored = stored_application(database)

    def undo(unit: UnitOfWork) -> str:
        unit.give_reason("rollback of RG1", undoes="RG1")
        unit.update(stored, {"notes": "y"})
        return unit.group_id

    group_id = database.write_sync(undo, ALICE)
    (last, _) = revisions(database)
    assert (last.reason, last.group_id) == ("rollback of RG1: new web app", group_id)
    assert (groups(database)[0].undoes, groups(database)[0].reason) == ("RG1", last.reason)


def test_a_unit_that_only_reads_gives_no_reason(database: Database) -> None:
    with pytest.raises(RuntimeError, match="only reads"):
        database.read_sync(lambda unit: unit.give_reason("x"))


def test_groups_and_revisions_are_found_by_time_and_paged_in_its_order(settings: Settings) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    database = open_database(settings)
    try:
        stored = stored_application(database)
        for minute in (3, 1, 2):  # the clock was put back in between
            database._tools = _at(database, start + timedelta(minutes=minute))
            database.write_sync(lambda unit: unit.update(stored, {"notes": str(unit.now)}), ALICE)
            stored_application(database)
        found = revisions(database, account_sid=AC, until=start + timedelta(minutes=10))
        assert [(one.at - start) // timedelta(minutes=1) for one in found] == [3, 3, 2, 2, 1, 1]
        pages: list[Revision] = []
        while page := revisions(
            database, account_sid=AC, until=start + timedelta(minutes=10), limit=2,
            before_id=pages[-1].id if pages else None,
        ):  # fmt: skip
            pages += page
        assert pages == found
        second = start + timedelta(minutes=2)
        assert len(revisions(database, account_sid=AC, since=second, until=second + timedelta(seconds=1))) == 2
        of_time = groups(database, until=start + timedelta(minutes=3))
        assert [(one.at - start) // timedelta(minutes=1) for one in of_time] == [2, 2, 1, 1]
        first_page = groups(database, until=start + timedelta(minutes=3), limit=3)
        following = groups(database, until=start + timedelta(minutes=3), before_group=first_page[-1].group_id)
        assert first_page + following == of_time
    finally:
        database.close()


def _at(database: Database, now: datetime) -> Any:
    return replace(database._tools, now=lambda: now)


def test_revisions_are_found_by_resource_id_revision_and_credential(database: Database) -> None:
    stored = stored_application(database)
    database.write_sync(lambda unit: unit.insert(number(unit, "+15555550100")), SERVER)
    assert [one.resource for one in revisions(database, account_sid=AC, resource="applications")] == ["applications"]
    (made,) = revisions(database, account_sid=AC, credential="server")
    assert made.resource == "incoming_phone_numbers"
    assert revisions(database, account_sid=AC, id=made.id) == [made]
    assert revisions(database, account_sid=OTHER_AC, id=made.id) == []
    assert [one.sid for one in revisions(database, sid=stored.sid, revision=1)] == [stored.sid]
    assert revisions(database, account_sid=AC, before_id=10**9) == [], "the cursor is no revision"


def test_a_moved_record_is_in_the_history_of_both_accounts(database: Database) -> None:
    (moved,) = numbers(database, 1)
    database.write_sync(lambda unit: unit.update_all([moved], {"account_sid": OTHER_AC}), ALICE)
    (left, _), (came,) = revisions(database, account_sid=AC), revisions(database, account_sid=OTHER_AC)
    assert (left.group_id, left.revision, left.before) == (came.group_id, came.revision, came.before)
    assert groups(database)[0].group_id == groups(database, account_sid=OTHER_AC)[0].group_id


def test_what_comes_back_counts_its_revisions_on(database: Database) -> None:
    stored = stored_application(database, notes="kept", tags=["a"])
    database.write_sync(lambda unit: unit.delete(stored), ALICE)
    undone = _rolled_back(database, groups(database)[0].group_id)
    assert undone.group_id is not None
    again = database.read_sync(lambda unit: unit.get(Application, stored.sid))
    assert again is not None
    assert (again.revision, again.notes, again.tags, again.date_created) == (3, "kept", ["a"], stored.date_created)
    assert [one.revision for one in revisions(database, sid=stored.sid)] == [3, 2, 1]


def _rolled_back(database: Database, group_id: str, **options: Any) -> RolledBack:
    def work(unit: UnitOfWork) -> RolledBack:
        return roll_back_group(unit, account(unit), group_id, **options)

    return database.write_sync(work, ALICE)


def test_thousands_of_numbers_are_put_back_together_and_forth_again(database: Database) -> None:
    rows = numbers(database, 1300)
    database.write_sync(lambda unit: unit.update_all(rows, {"voice_url": None, "voice_method": "GET"}), ALICE)
    bulk = groups(database)[0].group_id
    undone = _rolled_back(database, bulk)
    stored = database.read_sync(lambda unit: unit.select(IncomingPhoneNumber, limit=2000))
    assert {one.sid: (one.voice_url, one.voice_method) for one in stored} == {
        one.sid: (one.voice_url, one.voice_method) for one in rows
    }
    assert list(groups(database)[0].counts) == [GroupCount("incoming_phone_numbers", "update", 1300)]
    assert groups(database, group_id=bulk)[0].undone_by == [undone.group_id]
    assert undone.group_id is not None
    _rolled_back(database, undone.group_id)
    stored = database.read_sync(lambda unit: unit.select(IncomingPhoneNumber, limit=2000))
    assert {(one.voice_url, one.voice_method, one.revision) for one in stored} == {(None, "GET", 4)}


def test_a_refused_rollback_stores_nothing(database: Database) -> None:
    rows = numbers(database, 20)
    database.write_sync(lambda unit: unit.update_all(rows, {"voice_url": None}), ALICE)
    bulk = groups(database)[0].group_id
    database.write_sync(lambda unit: unit.update(rows[7], {"voice_url": "https://other.example/"}), BOB)
    before = revisions(database)
    with pytest.raises(RollbackConflict) as caught:
        _rolled_back(database, bulk)
    (conflict,) = caught.value.details["conflicts"]
    assert (conflict["sid"], conflict["field"], conflict["credential"]) == (rows[7].sid, "voice_url", BOB.credential)
    assert revisions(database) == before
    _rolled_back(database, bulk, force=True)
    again = database.read_sync(lambda unit: unit.get(IncomingPhoneNumber, rows[7].sid))
    assert again is not None
    assert again.voice_url == rows[7].voice_url


def test_groups_of_the_version_before_are_made_from_their_revisions(settings: Settings) -> None:
    before = open_database(settings)
    numbers(before, 3)
    stored_application(before)
    known = groups(before)
    before.close()
    with connected(settings) as connection, connection.begin():
        command.downgrade(configuration(connection), "0003_messages")
        assert not sa.inspect(connection).has_table("revision_groups")
    after = open_database(settings)
    assert groups(after) == known
    after.close()
