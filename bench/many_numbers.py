"""A crowded account: applications, numbers and calls by the thousand, put into the tables directly."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psycopg
from tests.running.server import RunningServer
from tests.storage.postgresql_server import PostgresqlServer

from callwright.config import Settings
from callwright.model.record import Record
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.sid import SidFactory
from callwright.storage.database import Database, open_database, postgresql_conninfo
from callwright.storage.engine import Connection
from callwright.storage.search_table import SearchTable
from callwright.storage.statements import Statements

ENGINES: tuple["EngineName", ...] = ("sqlite", "postgresql")
EngineName = Literal["sqlite", "postgresql"]

APPLICATIONS = 1_000
NUMBERS = 100_000
CALLS = 100_000
#: Of ten numbers nine are on the newest application; of the others every third has a URL of its own alone.
_ON_THE_NEWEST = 9
_COUNTRIES = ("+1555", "+4930", "+4420", "+3312")
_TAGS: tuple[list[str], ...] = (["retail"], ["retail", "vip"], ["support"], [])


@dataclass(frozen=True)
class Crowd:
    """A started server with all of it; `application_sids` are oldest first, the last has most numbers."""

    server: RunningServer
    application_sids: list[str]
    number_sids: list[str]
    settings: Settings


#: Stores what there is to be, for the account; answers SIDs of applications and numbers.
Fill = Callable[[Database, str], tuple[list[str], list[str]]]


@contextmanager
def crowded(folder: Path, engine: EngineName, filled: "Fill | None" = None) -> Iterator[Crowd]:
    """A server with a crowded account on that engine, both its own; `filled` by `fill`, or another way."""
    with ExitStack() as stack:
        settings = Settings(data=folder / engine)
        options: tuple[str, ...] = ()
        if engine == "postgresql":
            postgresql = PostgresqlServer()
            stack.callback(postgresql.stop)
            postgresql.start()
            settings = Settings(data=folder / engine, database=postgresql.create_database())
            options = ("--database", settings.database_url)
        server = RunningServer(settings.data, options).start()  # makes the account
        stack.callback(server.close)
        server.stop()
        database = open_database(settings)
        try:
            applications, numbers = (filled or fill)(database, server.account_sid)
        finally:
            database.close()
        if filled is None:
            _settle(settings)
        yield Crowd(server.start(), applications, numbers, settings)


def fill(database: Database, account_sid: str) -> tuple[list[str], list[str]]:
    """Store it all for the account: SIDs of the applications and of the numbers, oldest first."""
    now = datetime.now(UTC)
    sids = SidFactory(now.timestamp, secrets.token_bytes)
    fields: dict[str, Any] = {"account_sid": account_sid, "date_created": now, "date_updated": now, "revision": 1}
    applications = list(_applications(sids, fields))
    application_sids = [application.sid for application in applications]
    numbers = list(_numbers(sids, fields, application_sids))
    calls = _calls(sids, fields, application_sids)
    statements = Statements(database.engine.dialect_name, database.engine.codecs)

    def store(connection: Connection) -> None:
        for records in (applications, numbers, list(calls)):
            of_type = statements.of(type(records[0]))
            insert_all(connection, of_type.insert, [of_type.parameters(record) for record in records])
        SearchTable(IncomingPhoneNumber, statements.dialect_name).keep(connection, [(None, one) for one in numbers])

    asyncio.run(database.transact(store, writes=True))
    return application_sids, [number.sid for number in numbers]


def _settle(settings: Settings) -> None:
    """What a PostgreSQL that has run for a minute has done by itself (autovacuum). SQLite has nothing of the kind."""
    conninfo = postgresql_conninfo(settings)
    if conninfo is not None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def insert_all(connection: Any, sql: str, rows: list[list[Any]]) -> None:
    """By the drivers' own way for many rows, which both call the same."""
    connection.raw.cursor().executemany(sql, rows)


def _applications(sids: SidFactory, fields: dict[str, Any]) -> Iterable[Application]:
    for index in range(APPLICATIONS):
        own: dict[str, Any] = {
            "friendly_name": f"Application {index}",
            "voice_url": f"https://app{index}.example.com/voice",
            "sms_url": f"https://app{index}.example.com/sms",
            "tags": _TAGS[index % len(_TAGS)],
        }
        yield Application.model_construct(sid=sids.make("AP"), **fields, **own)


def _numbers(sids: SidFactory, fields: dict[str, Any], application_sids: list[str]) -> Iterable[Record]:
    for index in range(NUMBERS):
        own: dict[str, Any] = {
            "phone_number": f"{_COUNTRIES[index % len(_COUNTRIES)]}{index:07d}",
            "friendly_name": f"Number {index}",
            "tags": _TAGS[index % len(_TAGS)],
        }
        yield IncomingPhoneNumber.model_construct(
            sid=sids.make("PN"), **fields, **own, **_target(index, application_sids)
        )


def _target(index: int, application_sids: list[str]) -> dict[str, Any]:
    if index % 10 < _ON_THE_NEWEST:
        return {"voice_application_sid": application_sids[-1], "sms_application_sid": application_sids[-1]}
    if index % 3 == 0:
        return {"voice_url": f"https://numbers.example.com/voice/{index % 50}"}
    return {"voice_application_sid": application_sids[index // 10 % APPLICATIONS]}


def _calls(sids: SidFactory, fields: dict[str, Any], application_sids: list[str]) -> Iterable[Record]:
    """Half of them went to the newest application."""
    own: dict[str, Any] = {
        "to": "+15550000001",
        "from_": "+15559990000",
        "status": "completed",
        "start_time": fields["date_created"],
    }
    for index in range(CALLS):
        sid = application_sids[-1 if index % 2 else index // 2 % APPLICATIONS]
        yield Call.model_construct(sid=sids.make("CA"), **{**fields, **own, "revision": 0, "application_sid": sid})
