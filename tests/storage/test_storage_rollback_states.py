"""Random histories: a rollback of the last group restores exactly what was before it, on SQLite and on the fake."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.unit_of_work import FakeStorage
from tests.storage.records import AC, ALICE, account, application, number

from callwright.config import Settings
from callwright.model.record import Record
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.model.revision import GroupFilter
from callwright.storage.database import open_database
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.roll_back import RolledBack, roll_back_group

Write = Callable[[Callable[[UnitOfWork], Any]], Any]
#: A write: what is done, to which of the records there are, and with which value.
Order = tuple[str, int, str]

ORDERS = st.tuples(
    st.sampled_from(
        ["add application", "add number", "add trunk", "change", "change all numbers", "point numbers", "delete"]
    ),
    st.integers(0, 5),
    st.sampled_from(["", "a", "b", "c"]),
)
#: Units of work; in each some writes, which share a group.
HISTORIES = st.lists(st.lists(ORDERS, min_size=1, max_size=4), min_size=1, max_size=6)
TYPES: tuple[type[Record], ...] = (Application, IncomingPhoneNumber, Trunk)


@contextmanager
def sqlite() -> Iterator[Write]:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(Settings(data=Path(folder)))
        try:
            yield lambda work: database.write_sync(work, ALICE)
        finally:
            database.close()


@contextmanager
def fake() -> Iterator[Write]:
    storage = FakeStorage()

    def write(work: Callable[[Any], Any]) -> Any:
        storage.pass_time(1)
        return storage.write_sync(work, ALICE)

    yield write


def carry_out(unit: UnitOfWork, order: Order) -> None:
    """Do it, where it can be done: what numbers use is not deleted, as through the API."""
    what, which, value = order
    if what == "add application":
        unit.insert(application(unit, voice_url=value or None, tags=[value] if value else []))
    elif what == "add number":
        taken = {one.phone_number for one in unit.select(IncomingPhoneNumber, limit=100)}
        if f"+1555000{which}" not in taken:
            unit.insert(number(unit, f"+1555000{which}", voice_url=value or None))
    elif what == "add trunk":
        fields: dict[str, Any] = {"account_sid": AC, "friendly_name": value or "x", "port": 5060 + which}
        unit.insert(Trunk.model_construct(sid=unit.new_sid("TK"), **fields))
    elif what == "change all numbers":
        unit.update_all(unit.select(IncomingPhoneNumber, limit=100), {"voice_url": value or None, "tags": [value]})
    elif what == "point numbers":
        found = unit.select(Application, limit=1)
        unit.update_all(
            unit.select(IncomingPhoneNumber, limit=which), {"voice_application_sid": found[0].sid if found else None}
        )
    else:
        _one(unit, what, which, value)


def _one(unit: UnitOfWork, what: str, which: int, value: str) -> None:
    records = [record for record_type in TYPES for record in unit.select(record_type, limit=100)]
    if not records:
        return
    record = records[which % len(records)]
    if what == "change":
        unit.update(record, {"friendly_name": value or "y"})
    elif not _uses(unit, record):
        unit.delete(record)


def _uses(unit: UnitOfWork, record: Record) -> bool:
    return any(one.voice_application_sid == record.sid for one in unit.select(IncomingPhoneNumber, limit=100))


def state(unit: UnitOfWork) -> dict[str, dict[str, Any]]:
    """All records but for what every write changes."""
    return {
        record.sid: record.model_dump(exclude={"revision", "date_updated"})
        for record_type in TYPES
        for record in unit.select(record_type, limit=1000)
    }


def check(write: Write, history: list[list[Order]]) -> None:
    for orders in history:
        before, newest = write(state), _newest_group(write)
        _carry_all_out(write, orders)
        after, group = write(state), _newest_group(write)
        if group is None or group == newest:
            assert after == before
            continue
        undone = _roll_back(write, group)
        assert write(state) == before
        if undone is not None:
            _roll_back(write, undone)
        assert write(state) == after, "a rollback is undone like anything else"
    check_all_the_way_back(write)


def check_all_the_way_back(write: Write) -> None:
    """Newest first, every group can be taken back, down to nothing."""
    for group in write(lambda unit: unit.revision_groups(GroupFilter(AC), limit=1000)):
        _roll_back(write, group.group_id)
    assert write(state) == {}


def _carry_all_out(write: Write, orders: list[Order]) -> None:
    def work(unit: UnitOfWork) -> None:
        for order in orders:
            carry_out(unit, order)

    write(work)


def _roll_back(write: Write, group_id: str) -> str | None:
    done: RolledBack = write(lambda unit: roll_back_group(unit, account(unit), group_id))
    return done.group_id


def _newest_group(write: Write) -> str | None:
    found = write(lambda unit: unit.revision_groups(GroupFilter(AC), limit=1))
    return found[0].group_id if found else None


@given(HISTORIES)
@settings(max_examples=60, deadline=None)
def test_rollbacks_restore_what_was_before_in_memory(history: list[list[Order]]) -> None:
    with fake() as write:
        check(write, history)


@given(HISTORIES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_rollbacks_restore_what_was_before_on_sqlite(history: list[list[Order]]) -> None:
    with sqlite() as write:
        check(write, history)


@pytest.mark.parametrize("storage", [fake, sqlite])
def test_what_several_writes_of_one_unit_did_to_one_record_is_put_back(storage: Any) -> None:
    history: list[list[Order]] = [
        [("add application", 0, "a"), ("add number", 1, "a"), ("point numbers", 5, "")],
        [("change", 0, "b"), ("change all numbers", 0, "c"), ("change all numbers", 0, "b"), ("point numbers", 0, "")],
        [("add application", 0, "b"), ("point numbers", 5, ""), ("delete", 1, "")],
        [("delete", 2, ""), ("add number", 1, "c")],
    ]
    with storage() as write:
        check(write, history)
