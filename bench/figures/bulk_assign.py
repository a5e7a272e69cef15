"""10 000 numbers pointed at another application through HTTP, history included, and a bare UPDATE of the same rows."""

import contextlib
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
from tests.running.server import RunningServer
from tests.storage.postgresql_server import PostgresqlServer

from bench.figure import Figure
from bench.stage import Stage
from callwright.config import Settings
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.storage.database import open_database
from callwright.usecases.ports import UnitOfWork

ORDER = 36
NUMBERS = 10_000
RUNS = 5
TAG = "bulk"
MOST_TIMES = 10

#: Points the numbers of these SIDs at an application, as one durable statement.
Bare = Callable[[str, list[str]], None]


def measure(stage: Stage) -> Iterable[Figure]:
    path = stage.folder / "data" / "callwright.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        yield _figure("SQLite", stage.server, Settings(data=stage.folder / "data"), _on_sqlite(connection))
    with _postgresql() as (server, settings), psycopg.connect(settings.database_url, autocommit=True) as raw:
        yield _figure("PostgreSQL", server, settings, _on_postgresql(raw))


def _figure(engine: str, server: RunningServer, settings: Settings, bare: Bare) -> Figure:
    applications = [server.rest("POST", "/Applications", FriendlyName=f"target {at}")["sid"] for at in range(2)]
    sids = _fill(settings, server.account_sid)
    bare_s, through_http_s = [], []
    for run in range(RUNS + 1):  # the first of each only warms up
        began_s = time.perf_counter()
        bare(applications[run % 2], sids)
        bare_s.append(time.perf_counter() - began_s)
        began_s = time.perf_counter()
        _assign(server, applications[(run + 1) % 2])
        through_http_s.append(time.perf_counter() - began_s)
    value, reference = statistics.median(through_http_s[1:]), statistics.median(bare_s[1:])
    return Figure(
        f"{NUMBERS} numbers reassigned through HTTP, {engine}", value, "s", MOST_TIMES * reference,
        more_is_better=False, reference=reference, reference_name="a bare UPDATE of the same rows, commit included",
        note=f"all or nothing, a complete revision for each; must: {MOST_TIMES} times the bare UPDATE",
    )  # fmt: skip


def _assign(server: RunningServer, application_sid: str) -> None:
    changes = {"voice_application_sid": application_sid, "sms_application_sid": application_sid}
    body = {"where": {"tag": TAG}, "changes": changes}
    answer = httpx.post(f"{server.url}/v1/Numbers/Bulk", auth=server.credentials, json=body, timeout=120)
    answer.raise_for_status()
    assert answer.json()["changed"] == NUMBERS, answer.text[:500]


def _fill(settings: Settings, account_sid: str) -> list[str]:
    """Numbers put into the database beside the running server."""

    def work(unit: UnitOfWork) -> list[str]:
        return [unit.insert(_number(unit, account_sid, at)).sid for at in range(NUMBERS)]

    database = open_database(settings)
    try:
        return database.write_sync(work)
    finally:
        database.close()


def _number(unit: UnitOfWork, account_sid: str, at: int) -> IncomingPhoneNumber:
    fields: dict[str, Any] = {
        "phone_number": f"+1555{at:07}",
        "friendly_name": f"(555) {at:07}",
        "voice_url": "https://app.example.com/voice",
        "sms_url": "https://app.example.com/sms",
        "tags": [TAG],
    }
    return IncomingPhoneNumber.model_construct(sid=unit.new_sid("PN"), account_sid=account_sid, **fields)


def _on_sqlite(connection: sqlite3.Connection) -> Bare:
    sql = (
        "UPDATE incoming_phone_numbers SET voice_application_sid = ?, sms_application_sid = ? "
        "WHERE sid IN (SELECT value FROM json_each(?))"
    )

    def update(application_sid: str, sids: list[str]) -> None:
        connection.execute(sql, (application_sid, application_sid, json.dumps(sids)))

    return update


def _on_postgresql(connection: psycopg.Connection[Any]) -> Bare:
    sql = b"UPDATE incoming_phone_numbers SET voice_application_sid = %s, sms_application_sid = %s WHERE sid = ANY(%s)"

    def update(application_sid: str, sids: list[str]) -> None:
        connection.execute(sql, (application_sid, application_sid, sids))

    return update


@contextlib.contextmanager
def _postgresql() -> Iterator[tuple[RunningServer, Settings]]:
    """A server on a PostgreSQL of its own."""
    postgresql = PostgresqlServer()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stack.callback(postgresql.stop)
        postgresql.start()
        settings = Settings(data=Path(folder) / "data", database=postgresql.create_database())
        server = RunningServer(settings.data, ("--database", settings.database_url))
        stack.callback(server.close)
        yield server.start(), settings
