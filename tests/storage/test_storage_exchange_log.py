"""The log of webhook exchanges, on both engines."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import quote_plus, urlencode

import pytest
from tests.storage.records import AC

from callwright.config import Settings
from callwright.model.actor import SERVER
from callwright.model.exchange import Exchange
from callwright.model.record import position_of
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.storage import exchange_log
from callwright.storage.database import Database, open_database
from callwright.storage.engine import Connection
from callwright.storage.exchange_log import ExchangeLog
from callwright.usecases.forget_text import forget_text, texts_gone
from callwright.usecases.ports import Condition, StorageUnavailable, UnitOfWork

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(settings: Settings, clock: Clock) -> Iterator[Database]:
    database = open_database(settings, clock)
    yield database
    database.close()


def fields(number: int = 0, **given: Any) -> dict[str, Any]:
    return {"account_sid": AC, "url": f"https://a.example/{number}", "status_code": 200, **given}


async def stored(database: Database) -> list[Exchange]:
    """Oldest first."""
    return (await database.read(lambda unit: unit.select(Exchange, limit=50_000)))[::-1]


async def test_exchanges_are_written_with_the_time_they_were_recorded(timed: Database, clock: Clock) -> None:
    log = ExchangeLog(timed)
    log.record(fields(1, call_sid="CA" + "0" * 32, request_headers={"X": "1"}))
    clock.now += timedelta(seconds=9)
    log.record(fields(2))
    await log.flush()
    first, second = await stored(timed)
    assert (first.date_created, second.date_created) == (START, START + timedelta(seconds=9))
    assert (first.call_sid, first.request_headers, first.kind) == ("CA" + "0" * 32, {"X": "1"}, "document")
    found = await timed.read(lambda unit: unit.find(Exchange, Condition("call_sid", first.call_sid)))
    assert found == first


async def test_a_started_log_writes_by_itself(timed: Database) -> None:
    log = ExchangeLog(timed)
    await log.start()
    for number in range(450):
        log.record(fields(number))
    async with asyncio.timeout(30):
        while len(await stored(timed)) < 450:
            await asyncio.sleep(0.01)
    await log.close()
    assert [one.url for one in await stored(timed)] == [fields(number)["url"] for number in range(450)]


async def test_closing_writes_what_still_waits(timed: Database) -> None:
    log = ExchangeLog(timed)
    await log.start()
    log.record(fields())
    await log.close()
    assert len(await stored(timed)) == 1


async def test_when_writing_falls_behind_the_oldest_are_dropped_and_counted(
    timed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange_log, "_MOST_WAITING", 10)
    log = ExchangeLog(timed)
    for number in range(13):
        log.record(fields(number))
    assert log.dropped == 3
    await log.flush()
    assert [one.url for one in await stored(timed)] == [fields(number)["url"] for number in range(3, 13)]


async def test_one_that_cannot_be_stored_does_not_hold_up_the_others(timed: Database) -> None:
    log = ExchangeLog(timed)
    for given in (fields(1), {"url": "https://no.account/"}, fields(2, status_code="200"), fields(3)):
        log.record(given)
    await log.flush()
    assert [one.url for one in await stored(timed)] == [fields(1)["url"], fields(3)["url"]]
    assert log.dropped == 2


async def test_while_the_database_is_down_exchanges_wait_in_order(settings: Settings) -> None:
    database = open_database(settings)
    log = ExchangeLog(database)
    log.record(fields(1))
    log.record(fields(2))
    database.is_open = False
    with pytest.raises(StorageUnavailable):
        await log.flush()
    database.is_open = True
    log.record(fields(3))
    await log.flush()
    assert [one.url for one in await stored(database)] == [fields(number)["url"] for number in (1, 2, 3)]
    database.close()


TEXT = "very secret text"


def message(unit: UnitOfWork, **given: Any) -> Message:
    sid = unit.new_sid("SM")
    fields = {"account_sid": AC, "position": position_of(sid), "body": TEXT, "status": "received", **given}
    return unit.insert(Message.model_construct(sid=sid, **fields))


def about(one: Message, **given: Any) -> dict[str, Any]:
    """An exchange in which the text is everywhere."""
    query = urlencode({"From": "+15550100", "Body": TEXT})
    return {
        "message_sid": one.sid,
        "url": f"https://a.example/?{query}",
        "request_parameters": {"From": "+15550100", "Body": TEXT},
        "response_headers": {"Location": f"/next?{query}"},
        "response_body": f"<Response><Message>You said: {TEXT}</Message></Response>",
        **given,
    }


def redact(unit: UnitOfWork, one: Message) -> None:
    forget_text(unit, one)
    unit.update(one, {"body": ""})


def delete(unit: UnitOfWork, one: Message) -> None:
    forget_text(unit, one)
    unit.delete(one)


@pytest.mark.parametrize("forget", [redact, delete])
async def test_text_that_is_forgotten_while_an_exchange_waits_is_not_written(timed: Database, forget: Any) -> None:
    gone, kept = await timed.write(lambda unit: (message(unit), message(unit)), SERVER)
    log = ExchangeLog(timed)
    for one in (gone, kept):
        log.record(fields(1, **about(one)))
    log.record(fields(2, **about(gone, kind="fallback", request_parameters={}, url="https://a.example/")))
    log.record(fields(3, **about(gone, kind="carrier", request_parameters={"text": TEXT}, url=f"https://c/?t={TEXT}")))
    await timed.write(lambda unit: forget(unit, gone), SERVER)
    await log.flush()
    first, whole, *others = await stored(timed)
    assert first.request_parameters == {"From": "+15550100", "Body": "[redacted]"}
    assert first.url == "https://a.example/?From=%2B15550100&Body=[redacted]"
    assert first.is_cut
    assert whole.request_parameters["Body"] == TEXT
    assert not whole.is_cut
    assert TEXT not in repr((first, others))
    assert quote_plus(TEXT) not in repr((first, others))
    assert log.dropped == 0


async def test_a_replay_that_waits_forgets_the_text_of_what_it_repeats(timed: Database) -> None:
    def work(unit: UnitOfWork) -> tuple[Message, str]:
        one = message(unit)
        first = Exchange.model_construct(sid=unit.new_sid("EX"), account_sid=AC, message_sid=one.sid)
        again = Exchange.model_construct(sid=unit.new_sid("EX"), account_sid=AC, replay_of=first.sid)
        return one, [unit.insert(exchange).sid for exchange in (first, again)][1]

    one, replayed = await timed.write(work, SERVER)
    log = ExchangeLog(timed)
    log.record(fields(1, **about(one, message_sid=None, replay_of=replayed, kind="replay")))
    log.record(fields(2, replay_of="EX" + "f" * 32, response_body="of one that is not kept anymore"))
    await timed.write(lambda unit: delete(unit, one), SERVER)
    await log.flush()
    found = await stored(timed)
    assert TEXT not in repr(found)
    assert found[-1].response_body == "of one that is not kept anymore"


async def test_a_message_of_media_alone_is_not_taken_for_one_that_was_redacted(timed: Database) -> None:
    one = await timed.write(lambda unit: message(unit, body="", num_media="1"), SERVER)
    log = ExchangeLog(timed)
    given = {"Body": "", "MediaUrl0": "https://a.example/media/1"}
    log.record(fields(1, **about(one, request_parameters=given, url="https://a.example/")))
    log.record(fields(2, **about(one, request_parameters={"media": "https://a.example/media/1"}, kind="carrier")))
    await log.flush()
    first, second = await stored(timed)
    assert (first.request_parameters, first.is_cut) == (given, False)
    assert second.request_parameters == {"media": "https://a.example/media/1"}


def test_for_exchanges_of_calls_no_message_is_looked_at() -> None:
    no_unit = cast("UnitOfWork", None)
    assert texts_gone(no_unit, [fields(number, call_sid="CA" + "0" * 32) for number in range(3)]) == [False] * 3


async def test_text_of_hostile_web_apps_is_made_storable(timed: Database) -> None:
    log = ExchangeLog(timed)
    headers = {"X-\0": "a\udc80", "list": ["\0"]}
    log.record(fields(response_body="<Res\0ponse>\ud83d", response_headers=headers, error="Zoë"))
    await log.flush()
    (one,) = await stored(timed)
    assert (one.response_body, one.error) == ("<Res\ufffdponse>?", "Zoë")
    assert one.response_headers == {"X-\ufffd": "a?", "list": ["\ufffd"]}


async def test_pruning_deletes_what_is_older_and_nothing_else(timed: Database, clock: Clock) -> None:
    log = ExchangeLog(timed)
    for number in range(1203):
        log.record(fields(number))
    await log.flush()
    clock.now += timedelta(days=8)
    log.record(fields(9999))
    await log.flush()
    assert await log.prune(clock.now - timedelta(days=7)) == 1203
    assert [one.url for one in await stored(timed)] == [fields(9999)["url"]]
    assert await log.prune(clock.now - timedelta(days=7)) == 0


async def test_a_started_log_prunes_by_the_settings(settings: Settings, clock: Clock) -> None:
    database = open_database(settings.model_copy(update={"exchange_retention_days": 2}), clock)
    log = ExchangeLog(database)
    log.record(fields(1))
    await log.flush()
    clock.now += timedelta(days=2, seconds=1)
    await log.start()
    async with asyncio.timeout(30):
        while await stored(database):
            await asyncio.sleep(0.01)
    await log.close()
    database.close()


@pytest.mark.parametrize(("days", "left"), [(30, ["NO" + "f" * 32]), (0, ["NO" + "f" * 32, "NO" + "0" * 32])])
async def test_a_started_log_prunes_notifications_too(
    settings: Settings, clock: Clock, days: int, left: list[str]
) -> None:
    def told(unit: UnitOfWork) -> None:
        for sid, age_days in (("NO" + "0" * 32, 31), ("NO" + "f" * 32, 29)):
            at = clock.now - timedelta(days=age_days)
            unit.insert(Notification.model_construct(sid=sid, account_sid=AC, date_created=at))

    database = open_database(settings.model_copy(update={"notification_retention_days": days}), clock)
    await database.write(told, SERVER)
    log = ExchangeLog(database)
    await log.start()
    async with asyncio.timeout(30):
        while days and len(await database.read(lambda unit: unit.select(Notification, limit=9))) > len(left):
            await asyncio.sleep(0.01)
    await log.close()
    assert [one.sid for one in await database.read(lambda unit: unit.select(Notification, limit=9))] == left
    database.close()


async def test_with_a_retention_of_zero_nothing_is_kept(settings: Settings) -> None:
    database = open_database(settings.model_copy(update={"exchange_retention_days": 0}))
    log = ExchangeLog(database)
    log.record(fields())
    await log.close()
    assert await stored(database) == []
    database.close()


async def test_recording_never_waits_for_the_database(timed: Database) -> None:
    import threading

    may_go_on = threading.Event()

    def block(_: Connection) -> None:
        assert may_go_on.wait(30)

    blocked = asyncio.create_task(timed.transact(block, writes=True))
    log = ExchangeLog(timed)
    await log.start()
    for number in range(1000):
        log.record(fields(number))
    may_go_on.set()
    await blocked
    await log.close()
    assert len(await stored(timed)) == 1000
