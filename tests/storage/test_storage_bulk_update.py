"""Many records changed at once: the same as one after the other, on both engines, only quicker."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.running.waiting import eventually
from tests.storage.records import ALICE, account, application, number

from callwright.model.difference import difference
from callwright.model.event import Commit, events_of
from callwright.model.record import RECORDS, Record
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.revision import Revision, RevisionFilter
from callwright.storage.bulk_update import has_plain_images
from callwright.storage.database import Database, open_database
from callwright.usecases.ports import Condition, RecordChanged, RecordGone, UnitOfWork, UnstorableValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
URLS = st.one_of(st.none(), TEXTS, st.just('"quoted\\ \n\x1f\x7f \u2028 ü 😀'))
SIDS = st.one_of(st.none(), st.sampled_from(["AP" + "1" * 32, "AP" + "2" * 32]))
MOMENTS = st.integers(10**15, 4 * 10**15).map(lambda us: EPOCH + timedelta(microseconds=us))
WHOLE = MOMENTS.map(lambda moment: moment.replace(microsecond=0))
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "friendly_name": URLS,
    "voice_url": URLS,
    "voice_method": st.sampled_from(["GET", "POST"]),
    "voice_caller_id_lookup": st.booleans(),
    "voice_application_sid": SIDS,
    "sms_application_sid": SIDS,
    "capabilities": st.dictionaries(TEXTS, st.one_of(st.booleans(), st.integers(-(2**60), 2**60), TEXTS), max_size=3),
    "beta": st.booleans(),
    "tags": st.lists(TEXTS, max_size=3),
    "notes": URLS,
    "date_created": st.one_of(MOMENTS, WHOLE),
}
NUMBERS = st.lists(st.fixed_dictionaries({}, optional=FIELDS), min_size=6, max_size=9)
CHANGES = st.fixed_dictionaries({}, optional=FIELDS)


def stored_numbers(database: Database, rows: list[dict[str, Any]]) -> list[IncomingPhoneNumber]:
    def work(unit: UnitOfWork) -> list[IncomingPhoneNumber]:
        return [unit.insert(number(unit, f"+1555{at:07}", **fields)) for at, fields in enumerate(rows)]

    return database.write_sync(work, ALICE)


def revisions(database: Database, **filters: Any) -> list[Revision]:
    return database.read_sync(lambda unit: unit.revisions(RevisionFilter(**filters), limit=1000))


def told(revision: Revision) -> dict[str, Any]:
    """All of a revision but what differs between any two writes."""
    row = dict(vars(revision))
    for name in ("id", "group_id", "at"):
        row.pop(name)
    for image in ("before", "after"):
        row[image] = {name: value for name, value in row[image].items() if name != "date_updated"}
    return row


class TurnedBack(Exception):
    """Ends a unit of work without a trace."""


def written(
    database: Database, write: Callable[[UnitOfWork], object]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The revisions and rows that a write makes; all is put back."""
    seen: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]] = []

    def work(unit: UnitOfWork) -> None:
        write(unit)
        made = unit.revisions(RevisionFilter(group_id=unit.group_id), limit=1000)
        assert {(one.group_id, one.at) for one in made} <= {(unit.group_id, unit.now)}
        for one in made:
            assert one.after is not None
            assert datetime.fromisoformat(one.after["date_updated"]) == unit.now
        rows = unit.select(IncomingPhoneNumber, limit=1000)
        assert {row.date_updated for row in rows} == {unit.now}
        kept = [row.model_dump(exclude={"date_updated"}) for row in rows]
        seen.append(([told(one) for one in made], kept))
        raise TurnedBack

    with pytest.raises(TurnedBack):
        database.write_sync(work, ALICE)
    return seen[0]


@pytest.fixture
def emptied(database: Database) -> Callable[[], Database]:
    """The database, its numbers taken out again: hypothesis asks for it many times."""

    def make() -> Database:
        def work(unit: UnitOfWork) -> None:
            for row in unit.select(IncomingPhoneNumber, limit=1000):
                unit.delete(row)

        database.write_sync(work, ALICE)
        return database

    return make


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NUMBERS, CHANGES)
def test_updating_all_is_updating_one_after_the_other(
    emptied: Callable[[], Database], rows: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    database = emptied()
    numbers = stored_numbers(database, rows)

    def one_by_one(unit: UnitOfWork) -> None:
        for one in numbers:
            unit.update(one, changes)

    assert written(database, lambda unit: unit.update_all(numbers, changes)) == written(database, one_by_one)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_updating_each_with_values_of_its_own_is_updating_one_after_the_other(
    emptied: Callable[[], Database], data: st.DataObject
) -> None:
    rows = data.draw(NUMBERS)
    database = emptied()
    numbers = stored_numbers(database, rows)
    columns = data.draw(st.sets(st.sampled_from(sorted(FIELDS)), min_size=1))
    changes = [(one, {name: data.draw(FIELDS[name]) for name in columns}) for one in numbers]

    def one_by_one(unit: UnitOfWork) -> None:
        for one, new in changes:
            unit.update(one, new)

    assert written(database, lambda unit: unit.update_each(changes)) == written(database, one_by_one)


def test_each_with_other_columns_is_updated_too(database: Database) -> None:
    numbers = stored_numbers(database, [{}] * 20)
    changes = [(one, {"notes": f"n{at}"} if at % 2 else {"tags": [f"t{at}"]}) for at, one in enumerate(numbers)]
    assert database.write_sync(lambda unit: unit.update_each(changes, as_read=True), ALICE) == 20
    stored = database.read_sync(lambda unit: unit.get_all(IncomingPhoneNumber, [one.sid for one in numbers]))
    assert {sid: (one.notes, one.tags, one.revision) for sid, one in stored.items()} == {
        one.sid: (new.get("notes"), new.get("tags", []), 2) for one, new in changes
    }
    with pytest.raises(RecordChanged):
        database.write_sync(lambda unit: unit.update_each(changes, as_read=True), ALICE)
    found = database.read_sync(
        lambda unit: unit.search(
            IncomingPhoneNumber, numbers[0].account_sid, [Condition("text", "n19", "contains")], limit=9
        )
    )
    assert [one.sid for one in found] == [numbers[19].sid]


def test_events_of_few_numbers_changed_at_once_tell_them_wholly(database: Database) -> None:
    told: list[Commit] = []
    database.observe(told.append)
    ap = "AP" + "1" * 32
    stored_numbers(database, [{"friendly_name": "Shop", "voice_application_sid": ap}] * 10)

    def change(unit: UnitOfWork, make: Callable[[list[IncomingPhoneNumber]], object]) -> None:
        own = unit.select(IncomingPhoneNumber, limit=1)[0].account_sid
        make(unit.search(IncomingPhoneNumber, own, [], limit=10, fields=["notes"]))

    database.write_sync(lambda unit: change(unit, lambda some: unit.update_all(some, {"notes": "n"})), ALICE)
    each = [{"notes": f"n{at}"} for at in range(10)]
    database.write_sync(
        lambda unit: change(unit, lambda some: unit.update_each(list(zip(some, each, strict=True)))), ALICE
    )
    eventually(lambda: len(told), lambda how_many: how_many == 3)
    for commit in told[1:]:
        events = events_of(commit)
        assert len(events) == 10
        assert {(one.data["friendly_name"], tuple(one.data["fields"])) for one in events} == {("Shop", ("notes",))}
        assert all(ap in one.sids for one in events)


def test_every_record_gets_a_complete_revision_of_its_own(database: Database) -> None:
    numbers = stored_numbers(database, [{"voice_url": f"https://{at}.example/"} for at in range(20)])
    how_many = database.write_sync(lambda unit: unit.update_all(numbers, {"voice_url": None, "tags": ["new"]}), ALICE)
    assert how_many == 20
    made = revisions(database, group_id=revisions(database, sid=numbers[0].sid)[0].group_id)
    assert [one.sid for one in reversed(made)] == [one.sid for one in numbers]
    for one, before in zip(reversed(made), numbers, strict=True):
        assert one.before is not None
        assert one.after is not None
        assert (one.revision, one.operation, one.credential, one.reason) == (
            2,
            "update",
            ALICE.credential,
            ALICE.reason,
        )
        assert {change.field: (change.before, change.after) for change in difference(one.before, one.after)} == {
            "voice_url": (before.voice_url, None),
            "tags": ([], ["new"]),
        }
        assert set(one.before) == set(one.after) == set(IncomingPhoneNumber.columns())
        assert one.before["revision"] == 1
        stored = database.read_sync(lambda unit, sid=one.sid: unit.get(IncomingPhoneNumber, sid))  # type: ignore[misc]  # mypy cannot type a lambda's default
        assert (stored.voice_url, stored.tags, stored.revision) == (None, ["new"], 2)


def test_one_that_was_deleted_meanwhile_leaves_all_as_they_were(database: Database) -> None:
    numbers = stored_numbers(database, [{}] * 20)
    database.write_sync(lambda unit: unit.delete(numbers[7]), ALICE)
    before = len(revisions(database))
    with pytest.raises(RecordGone, match="1 of 20"):
        database.write_sync(lambda unit: unit.update_all(numbers, {"notes": "x"}), ALICE)
    assert len(revisions(database)) == before
    rows = database.read_sync(lambda unit: unit.select(IncomingPhoneNumber, limit=100))
    assert {row.notes for row in rows} == {None}


def test_what_others_changed_meanwhile_is_in_the_revision(database: Database) -> None:
    numbers = stored_numbers(database, [{}] * 10)
    database.write_sync(lambda unit: unit.update(numbers[3], {"sms_url": "https://b.example/"}), ALICE)
    database.write_sync(lambda unit: unit.update_all(numbers, {"notes": "x"}), ALICE)
    newest = revisions(database, sid=numbers[3].sid)[0]
    assert newest.before is not None
    assert (newest.revision, newest.before["revision"], newest.before["sms_url"]) == (3, 2, "https://b.example/")


@pytest.mark.parametrize("how_many", [3, 30])
def test_all_can_be_made_to_depend_on_what_was_read(database: Database, how_many: int) -> None:
    numbers = stored_numbers(database, [{}] * how_many)
    current = database.write_sync(lambda unit: unit.update(numbers[2], {"sms_url": "https://b.example/"}), ALICE)
    with pytest.raises(RecordChanged):
        database.write_sync(lambda unit: unit.update_all(numbers, {"notes": "x"}, as_read=True), ALICE)
    fresh = [*numbers[:2], current, *numbers[3:]]
    database.write_sync(lambda unit: unit.update_all(fresh, {"notes": "x"}, as_read=True), ALICE)
    assert [one.revision for one in revisions(database, sid=current.sid)] == [3, 2, 1]


@pytest.mark.parametrize("changes", [{"no_such_field": 1}, {"notes": "a\0"}, {"sid": "PN" + "1" * 32}])
def test_what_cannot_be_stored_is_refused_as_for_one(database: Database, changes: dict[str, Any]) -> None:
    numbers = stored_numbers(database, [{}] * 10)
    with pytest.raises((ValueError, UnstorableValue)):
        database.write_sync(lambda unit: unit.update_all(numbers, changes), ALICE)


def test_the_revision_is_counted_by_storage_alone(database: Database) -> None:
    numbers = stored_numbers(database, [{}] * 10)
    database.write_sync(lambda unit: unit.update_all(numbers, {"revision": 77, "notes": "x"}), ALICE)
    assert {one.revision for one in database.read_sync(lambda unit: unit.select(IncomingPhoneNumber, limit=100))} == {2}


def test_a_record_named_twice_is_updated_twice(database: Database) -> None:
    numbers = stored_numbers(database, [{}] * 8)
    assert database.write_sync(lambda unit: unit.update_all([*numbers, numbers[0]], {"notes": "x"}), ALICE) == 9
    assert [one.revision for one in revisions(database, sid=numbers[0].sid)] == [3, 2, 1]


def test_nothing_to_update_is_nothing(database: Database) -> None:
    assert database.write_sync(lambda unit: unit.update_all([], {"notes": "x"}), ALICE) == 0
    assert revisions(database) == []


def test_applications_are_updated_so_too(database: Database) -> None:
    def work(unit: UnitOfWork) -> list[Application]:
        return [unit.insert(application(unit, variant_guard={"window_s": at})) for at in range(8)]

    stored = database.write_sync(work, ALICE)
    database.write_sync(lambda unit: unit.update_all(stored, {"variant_guard": None}), ALICE)
    newest = revisions(database, sid=stored[5].sid)[0]
    assert newest.before is not None
    assert newest.after is not None
    assert (newest.before["variant_guard"], newest.after["variant_guard"]) == ({"window_s": 5}, None)


def test_secrets_stay_out_of_the_history_also_when_many_are_updated(database: Database) -> None:
    def work(unit: UnitOfWork) -> list[Account]:
        return [unit.insert(account(unit).model_copy(update={"sid": unit.new_sid("AC")})) for _ in range(8)]

    stored = database.write_sync(work, ALICE)
    database.write_sync(lambda unit: unit.update_all(stored, {"auth_token": "even-more-secret"}), ALICE)
    assert "more-secret" not in repr(revisions(database))


def test_numbers_and_applications_are_of_the_quick_kind() -> None:
    quick = {record for record in RECORDS.values() if has_plain_images(record)}
    assert {IncomingPhoneNumber, Application} <= quick
    assert not quick & {Account, Carrier}  # secrets, fractions
    assert all(record.history for record in quick)


def test_commits_tell_of_each_record(database: Database) -> None:
    seen: list[Record] = []
    database.observe(lambda commit: seen.extend(change.after for change in commit.changes if change.after))
    numbers = stored_numbers(database, [{}] * 8)
    seen.clear()
    database.write_sync(lambda unit: unit.update_all(numbers, {"notes": "x"}), ALICE)
    rows = database.read_sync(lambda unit: unit.select(IncomingPhoneNumber, limit=100))
    assert sorted(seen, key=lambda one: one.sid, reverse=True) == rows


@pytest.mark.parametrize("microsecond", [0, 60, 120_000])
def test_moments_are_shown_alike_whatever_their_fraction(settings: Any, microsecond: int) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, microsecond, tzinfo=UTC)
    database = open_database(settings, now=lambda: moment)
    try:
        numbers = stored_numbers(database, [{}] * 8)
        database.write_sync(lambda unit: unit.update_all(numbers, {"notes": "x"}), ALICE)
        newest, created = revisions(database, sid=numbers[0].sid)
        assert newest.after is not None
        assert created.after is not None
        assert newest.after["date_updated"] == newest.after["date_created"] == created.after["date_updated"]
    finally:
        database.close()
