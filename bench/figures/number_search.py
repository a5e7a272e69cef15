"""A page of a search among 100 000 numbers, by whatever numbers are searched by, with many matches, few and none."""

import asyncio
import random
import secrets
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

import httpx

from bench.figure import Figure
from bench.many_numbers import ENGINES, Crowd, crowded, insert_all
from bench.stage import Stage
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.sid import SidFactory
from callwright.storage.database import Database, open_database
from callwright.storage.engine import Connection
from callwright.storage.search_table import SearchTable
from callwright.storage.statements import Statements
from callwright.usecases.ports import Condition

ORDER = 75
NUMBERS, OTHERS, APPLICATIONS, GONE = 100_000, 10_000, 1_000, 3
REQUESTS = 41
MUST_MS, AIM_MS = 50.0, 30.0
_SHARE = 0.95
_STRANGERS = [f"AC{digit * 32}" for digit in "789"]
_PREFIXES = ("+1510555", "+4930555", "+4420555", "+3312555", "+6129555")
_RARE = 77_777


def measure(stage: Stage) -> Iterable[Figure]:
    for engine in ENGINES:
        with crowded(stage.folder, engine, _fill) as crowd:
            p95s_ms = {name: _p95_ms(crowd, path) for name, path in _searches(crowd).items()}
            slowest = max(p95s_ms, key=lambda name: p95s_ms[name])
            yield Figure(
                f"a page of a search for numbers, p95 of the slowest search, {engine}", p95s_ms[slowest], "ms",
                MUST_MS, AIM_MS, more_is_better=False,
                reference=_bare_page_ms(crowd), reference_name="a bare SELECT of a page, median",
                note=f"{NUMBERS:,} numbers; slowest of {len(p95s_ms)} searches: {slowest}; "
                f"median of their p95: {median(p95s_ms.values()):.0f} ms",
            )  # fmt: skip


def _searches(crowd: Crowd) -> dict[str, str]:
    """Searches by name: of each filter one with many matches, one with few at the far end, one with none."""
    newest, rare, absent = crowd.application_sids[-1], crowd.application_sids[0], "AP" + "0" * 32
    wanted = {
        "all": "",
        "an application of many": f"application_sid={newest}",
        "an application of few": f"application_sid={rare}",
        "an application of none": f"voice_application_sid={absent}",
        "a text of many": "text=customer",
        "a text of few": f"text=customer {_RARE},",
        "a text of none": "text=nowhere",
        "a URL of many": "url=/voice/incoming",
        "a URL of few": f"url=tenant={_RARE}%26",
        "a URL of none": "url=https://nowhere",
        "a country": "country=AU",
        "a country of none": "country=FR&type=mobile",
        "a capability of none": "capability=fax",
        "a tag of many": "tag=retail",
        "a tag of few": f"tag=t{_RARE}",
        "a tag of none": "tag=nothing",
        "digits of few": "phone_number=0077777",
        "digits of none": "phone_number=9999*999",
        "no voice target": "target=voice:none",
        "no sms target": "target=sms:none",
        "a deleted application": "target=deleted",
        "a deleted application and none": "target=deleted&tag=nothing",
        "several at once and none": "country=DE&capability=voice&text=customer&url=incoming&tag=nothing",
    }
    return {name: f"/v1/Numbers?{query}" for name, query in wanted.items()}


def _p95_ms(crowd: Crowd, path: str) -> float:
    """The 95th percentile of the time a page takes, one after the other on one connection."""
    times_ms = []
    with httpx.Client(base_url=crowd.server.url, auth=crowd.server.credentials, timeout=30) as client:
        client.get(path)  # statements are compiled and plans are made once
        for _ in range(REQUESTS):
            began_s = time.perf_counter()
            answer = client.get(path)
            times_ms.append((time.perf_counter() - began_s) * 1000)
            if answer.status_code != httpx.codes.OK:
                raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    return sorted(times_ms)[int(_SHARE * REQUESTS)]


def _bare_page_ms(crowd: Crowd) -> float:
    """A page of rows by an index, without the server."""
    database = open_database(crowd.settings)
    own = Condition("account_sid", crowd.server.account_sid)
    statements = Statements(database.engine.dialect_name, database.engine.codecs).of(IncomingPhoneNumber)
    shapes, values = statements.conditions([own])

    def page_ms(connection: Connection) -> float:
        began_s = time.perf_counter()
        connection.query(statements.select(shapes, None), [*values, 50])
        return (time.perf_counter() - began_s) * 1000

    try:
        return median(asyncio.run(database.transact(page_ms, writes=False)) for _ in range(REQUESTS))
    finally:
        database.close()


def _fill(database: Database, account_sid: str) -> tuple[list[str], list[str]]:
    """The numbers of the account and, among them, those of others; some of their applications were deleted.

    PostgreSQL is told nothing of what came (no ANALYZE, no VACUUM): a search is to be quick also then.
    """
    now = datetime.now(UTC)
    sids = SidFactory(now.timestamp, secrets.token_bytes)
    dates: dict[str, Any] = {"date_created": now, "date_updated": now, "revision": 1}
    applications = [
        Application.model_construct(sid=sids.make("AP"), account_sid=account_sid, friendly_name=f"App {index}", **dates)
        for index in range(APPLICATIONS)
    ]
    named = [application.sid for application in applications]
    numbers = list(_numbers(sids, dates, account_sid, named))
    statements = Statements(database.engine.dialect_name, database.engine.codecs)

    def store(connection: Connection) -> None:
        for records in (applications[GONE:], numbers):
            of_type = statements.of(type(records[0]))
            insert_all(connection, of_type.insert, [of_type.parameters(record) for record in records])
        SearchTable(IncomingPhoneNumber, statements.dialect_name).keep(connection, [(None, one) for one in numbers])

    asyncio.run(database.transact(store, writes=True))
    return named, [number.sid for number in numbers if number.account_sid == account_sid]


def _numbers(
    sids: SidFactory, dates: dict[str, Any], account_sid: str, applications: list[str]
) -> Iterator[IncomingPhoneNumber]:
    chance = random.Random(4)  # the same rows in every run
    others = set(chance.sample(range(NUMBERS + OTHERS), OTHERS))
    index = 0
    for place in range(NUMBERS + OTHERS):
        owner = chance.choice(_STRANGERS) if place in others else account_sid
        yield IncomingPhoneNumber.model_construct(
            sid=sids.make("PN"), account_sid=owner, **dates, **_fields(index, place, applications)
        )
        index += owner == account_sid


def _fields(index: int, place: int, applications: list[str]) -> dict[str, Any]:
    """As people have them: a customer, an environment, URLs that differ in parameters, half on an application."""
    host = f"https://tenant{index % 5000}.example.com"
    fields: dict[str, Any] = {
        "phone_number": f"{_PREFIXES[place % len(_PREFIXES)]}{place:07d}",
        "friendly_name": f"customer {index}, main line",
        "voice_url": f"{host}/voice/incoming?tenant={index}&line=1",
        "voice_fallback_url": f"{host}/voice/fallback",
        "status_callback": f"{host}/voice/status?tenant={index}",
        "sms_url": f"{host}/sms/incoming?tenant={index}",
        "tags": ["retail", f"t{index}"],
        "notes": "Moved from the old carrier in May 2025; ask the regional desk before changing it." * (index % 4 == 0),
    }
    if index % 2:
        application_sid = applications[index // 20 % APPLICATIONS] if index % 20 == 1 else applications[-1]
        fields |= {"voice_application_sid": application_sid, "sms_application_sid": application_sid}
    return fields
