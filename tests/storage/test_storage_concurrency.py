"""Many units of work at once: nobody overwrites anybody, and a failing one fails alone."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.storage.postgresql_server import PostgresqlServer
from tests.storage.records import ALICE, application, stored_application, stored_call

from callwright.config import Settings
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.storage.database import Database, open_database
from callwright.storage.engine import Connection
from callwright.storage.errors import DiskFull
from callwright.usecases.ports import StorageUnavailable, UnitOfWork


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    return open_database(Settings(data=tmp_path / "data"))


def blocker(may_go_on: threading.Event, is_running: threading.Event) -> Callable[[UnitOfWork], None]:
    def work(_: UnitOfWork) -> None:
        is_running.set()
        assert may_go_on.wait(30)

    return work


async def test_units_of_work_that_read_and_write_one_row_lose_nothing(database: Database) -> None:
    stored = stored_call(database)

    def count_up(unit: UnitOfWork) -> None:
        call = unit.get(Call, stored.sid)
        assert call is not None
        unit.update(call, {"callback_sequence": call.callback_sequence + 1})

    await asyncio.gather(*(database.write(count_up, ALICE) for _ in range(1000)))
    call = await database.read(lambda unit: unit.get(Call, stored.sid))
    assert call is not None
    assert call.callback_sequence == 1000


async def test_for_update_counts_as_well(database: Database) -> None:
    stored = stored_application(database)

    def rename(unit: UnitOfWork) -> None:
        found = unit.get(Application, stored.sid, for_update=True)
        assert found is not None
        unit.update(found, {"friendly_name": f"{found.friendly_name}x"})

    await asyncio.gather(*(database.write(rename, ALICE) for _ in range(20)))
    found = await database.read(lambda unit: unit.get(Application, stored.sid))
    assert found is not None
    assert found.friendly_name == "Callertron" + "x" * 20
    assert found.revision == 21


async def test_of_many_waiting_units_of_work_only_the_failing_ones_are_rolled_back(database: Database) -> None:
    may_go_on, is_running = threading.Event(), threading.Event()
    first = asyncio.create_task(database.write(blocker(may_go_on, is_running), ALICE))
    await asyncio.to_thread(is_running.wait, 30)

    def work(number: int) -> Callable[[UnitOfWork], Application]:
        def insert(unit: UnitOfWork) -> Application:
            stored = unit.insert(application(unit, friendly_name=str(number)))
            if number % 3 == 0:
                raise LookupError(number)
            return stored

        return insert

    waiting = [asyncio.create_task(database.write(work(number), ALICE)) for number in range(30)]
    await asyncio.sleep(0)  # all are queued, and on SQLite will share a transaction
    may_go_on.set()
    outcomes = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [isinstance(outcome, LookupError) for outcome in outcomes[1:]] == [number % 3 == 0 for number in range(30)]
    stored = await database.read(lambda unit: unit.select(Application, limit=50))
    assert {str(one.friendly_name) for one in stored} == {str(number) for number in range(30) if number % 3}


async def test_a_cancelled_caller_does_not_hurt_the_others(database: Database) -> None:
    may_go_on, is_running = threading.Event(), threading.Event()
    first = asyncio.create_task(database.write(blocker(may_go_on, is_running), ALICE))
    await asyncio.to_thread(is_running.wait, 30)
    second = asyncio.create_task(database.write(lambda unit: unit.insert(application(unit)), ALICE))
    await asyncio.sleep(0)
    first.cancel()
    may_go_on.set()
    assert (await second).revision == 1


def test_a_reading_unit_of_work_sees_one_state(database: Database) -> None:
    def read(unit: UnitOfWork) -> tuple[int, int]:
        before = unit.count(Application)
        stored_application(database)
        return before, unit.count(Application)

    assert database.read_sync(read) == (0, 0)
    assert database.read_sync(lambda unit: unit.count(Application)) == 1


def test_a_full_disk_is_told_loses_nothing_acknowledged_and_passes(sqlite: Database) -> None:
    kept = stored_application(sqlite)

    def limit_pages(count: int) -> None:
        asyncio.run(sqlite.transact(lambda connection: connection.query(f"PRAGMA max_page_count={count}"), writes=True))

    def fill() -> None:
        for _ in range(200):
            stored_application(sqlite, friendly_name="x" * 20_000)

    limit_pages(1)  # SQLite takes the present size as the least
    with pytest.raises(DiskFull) as failure:
        fill()
    assert isinstance(failure.value, StorageUnavailable)
    limit_pages(1_000_000)
    stored_application(sqlite)
    assert sqlite.read_sync(lambda unit: unit.get(Application, kept.sid)) == kept
    sqlite.close()


def test_a_commit_survives_a_power_cut(sqlite: Database) -> None:
    def pragmas(connection: Connection) -> list[object]:
        return [connection.query(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")]

    assert asyncio.run(sqlite.transact(pragmas, writes=True)) == ["wal", 2, 1]  # 2 is FULL: fsync on each commit
    sqlite.close()


def test_writes_wait_for_another_process_that_holds_the_lock(sqlite: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "data" / "callwright.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    assert stored_application(sqlite).revision == 1
    other.close()
    sqlite.close()


def test_two_programs_on_one_file_see_each_other_at_once(settings: Settings) -> None:
    server, command_line = open_database(settings), open_database(settings)
    for one, other in ((server, command_line), (command_line, server)):
        stored = stored_application(one)
        assert _fetched(other, stored) == stored
    server.close()
    command_line.close()


def _fetched(database: Database, stored: Application) -> Application | None:
    return database.read_sync(lambda unit: unit.get(Application, stored.sid))


def test_units_of_work_go_on_after_postgresql_was_restarted(tmp_path: Path) -> None:
    server = PostgresqlServer()
    try:
        server.start()
        database = open_database(Settings(data=tmp_path, database=server.create_database()))
        stored = stored_application(database)
        server.restart()
        for _ in range(20):  # each thread of the engine has a dead connection
            assert _fetched(database, stored) == stored
            stored_application(database)
        database.close()
    finally:
        server.stop()
