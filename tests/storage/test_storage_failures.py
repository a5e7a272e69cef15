"""What is the fault of one unit of work, what passes, and what collides with another that it could not see."""

import asyncio
import secrets
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.fakes.messaging import FakeCarriers, FakeSecrets
from tests.storage.postgresql_server import PostgresqlServer
from tests.storage.records import AC, ALICE, OTHER_AC

from callwright.config import Settings
from callwright.model.errors import CarrierNameTaken
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.storage.database import Database, open_database
from callwright.storage.engines.postgresql import translated
from callwright.usecases.carrier_settings import check_name_is_free
from callwright.usecases.create_carrier import create_carrier
from callwright.usecases.ports import RecordExists, StorageUnavailable, UnitOfWork


def carrier(unit: UnitOfWork, name: str, account_sid: str = AC) -> Carrier:
    sid = unit.new_sid("CR")
    return Carrier.model_construct(sid=sid, account_sid=account_sid, friendly_name=name, kind="loopback")


async def test_a_value_too_long_for_an_index_is_no_failure_of_the_database(postgresql: PostgresqlServer) -> None:
    url = postgresql.create_database()
    database = open_database(Settings(database=url))
    with pytest.raises(psycopg.Error) as refused:
        await database.write(lambda unit: unit.insert(carrier(unit, secrets.token_hex(8000))), ALICE)
    assert not isinstance(refused.value, StorageUnavailable)
    await database.write(lambda unit: unit.insert(carrier(unit, "short")), ALICE)
    database.close()
    postgresql.drop_database(url)


async def test_a_value_larger_than_sqlite_takes_is_no_failure_of_the_database(tmp_path: Path) -> None:
    database = open_database(Settings(data=tmp_path / "data"))
    with pytest.raises(sqlite3.DataError):
        await database.transact(lambda connection: connection.query("SELECT zeroblob(2000000000)"), writes=True)
    await database.write(lambda unit: unit.insert(carrier(unit, "short")), ALICE)
    database.close()


@pytest.mark.parametrize(
    ("sqlstate", "passes"),
    [
        *((state, True) for state in ("08006", "53200", "53300", "55P03", "57014", "57P01", "58030", "25006", "25P03")),
        *((state, False) for state in ("22001", "22P05", "23502", "42601", "54000", "54001", "XX002")),
    ],
)
def test_only_what_passes_is_unavailable_by_its_sqlstate(sqlstate: str, passes: bool) -> None:
    error = translated(psycopg.errors.lookup(sqlstate)("told by the server"))
    assert isinstance(error, StorageUnavailable) is passes


def test_a_cut_line_is_unavailable() -> None:
    assert isinstance(translated(psycopg.OperationalError("server closed the connection")), StorageUnavailable)


def test_a_name_is_unique_within_an_account(database: Database) -> None:
    database.write_sync(lambda unit: unit.insert(carrier(unit, "One")), ALICE)
    database.write_sync(lambda unit: unit.insert(carrier(unit, "One", OTHER_AC)), ALICE)
    database.write_sync(lambda unit: unit.insert(carrier(unit, "Two")), ALICE)
    with pytest.raises(RecordExists):
        database.write_sync(lambda unit: unit.insert(carrier(unit, "One")), ALICE)


class Side:
    """Two units of work of which each has looked before either writes, the first time they run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._have_looked = threading.Barrier(2, timeout=30)

    async def both(self, first: Callable[[UnitOfWork], Any], second: Callable[[UnitOfWork], Any]) -> list[Any]:
        write = self._database.write
        works = [self._once_together(work) for work in (first, second)]
        return await asyncio.gather(*(write(work, ALICE) for work in works), return_exceptions=True)

    def _once_together(self, work: Callable[[UnitOfWork], Any]) -> Callable[[UnitOfWork], Any]:
        runs: list[int] = []

        def together(unit: UnitOfWork) -> Any:
            unit.count(Carrier)  # the transaction sees from now on what is there now
            runs.append(1)
            if len(runs) == 1:
                self._have_looked.wait()
            return work(unit)

        return together


def owner() -> Account:
    return Account.model_construct(
        sid=AC, account_sid=AC, owner_account_sid=AC, auth_token="5" * 32, auth_token_sha256=""
    )


async def test_of_two_creates_of_one_name_at_once_one_is_told_that_it_is_taken(postgresql: PostgresqlServer) -> None:
    url = postgresql.create_database()
    database = open_database(Settings(database=url))
    account = owner()
    fields = {"friendly_name": "One", "kind": "loopback"}

    def create(unit: UnitOfWork) -> Carrier:
        return create_carrier(unit, account, fields, FakeCarriers(), FakeSecrets())

    outcomes = await Side(database).both(create, create)
    assert sorted(type(one).__name__ for one in outcomes) == ["Carrier", "CarrierNameTaken"]
    database.close()
    postgresql.drop_database(url)


async def test_of_two_updates_to_one_name_at_once_one_is_told_that_it_is_taken(postgresql: PostgresqlServer) -> None:
    url = postgresql.create_database()
    database = open_database(Settings(database=url))
    account = owner()
    rows = database.write_sync(lambda unit: [unit.insert(carrier(unit, name)) for name in ("A", "B")], ALICE)

    def rename(row: Carrier) -> Callable[[UnitOfWork], Carrier]:
        def work(unit: UnitOfWork) -> Carrier:
            check_name_is_free(unit, account, "One", row.sid)
            return unit.update(row, {"friendly_name": "One"})

        return work

    outcomes = await Side(database).both(rename(rows[0]), rename(rows[1]))
    assert sorted(type(one).__name__ for one in outcomes) == ["Carrier", CarrierNameTaken.__name__]
    database.close()
    postgresql.drop_database(url)
