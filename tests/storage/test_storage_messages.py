"""Lists ordered by position, and listeners to what is committed, on both engines."""

import asyncio
import threading

import pytest
from tests.storage.records import AC, ALICE, application

from callwright.model.queued_message import QueuedMessage
from callwright.model.record import position_of
from callwright.model.resources.application import Application
from callwright.model.resources.message import Message
from callwright.storage.database import Database
from callwright.usecases.ports import Condition, UnitOfWork


def stored_message(database: Database, prefix: str, body: str) -> Message:
    def insert(unit: UnitOfWork) -> Message:
        sid = unit.new_sid(prefix)
        return unit.insert(
            Message.model_construct(sid=sid, account_sid=AC, position=position_of(sid), from_="+15550100", body=body)
        )

    return database.write_sync(insert, ALICE)


def seven_of_both_kinds(database: Database) -> list[Message]:
    """Oldest first; texts and media messages in turn."""
    return [stored_message(database, "MM" if at % 3 == 1 else "SM", str(at)) for at in range(7)]


def bodies(messages: list[Message]) -> str:
    return "".join(str(message.body) for message in messages)


@pytest.mark.parametrize("condition", [Condition("account_sid", AC), Condition("from_", "+15550100")])
def test_messages_with_and_without_media_are_listed_in_the_order_they_came(
    database: Database, condition: Condition
) -> None:
    seven_of_both_kinds(database)

    def page(before_sid: str | None) -> list[Message]:
        return database.read_sync(lambda unit: unit.select(Message, [condition], limit=3, before_sid=before_sid))

    first = page(None)
    second = page(first[-1].sid)
    third = page(second[-1].sid)
    assert [bodies(one) for one in (first, second, third)] == ["654", "321", "0"]


def test_a_cursor_leads_back_across_both_kinds_of_sids(database: Database) -> None:
    stored = seven_of_both_kinds(database)

    def back_from(at: int) -> str:
        sid = stored[at].sid
        return bodies(database.read_sync(lambda unit: unit.select(Message, limit=3, after_sid=sid)))

    assert [back_from(at) for at in (0, 3, 5, 6)] == ["321", "654", "6", ""]


def test_the_newest_message_is_found_whatever_its_prefix(database: Database) -> None:
    for prefix in ("SM", "MM"):
        newest = stored_message(database, prefix, prefix)
        assert database.read_sync(lambda unit: unit.find(Message, Condition("from_", "+15550100"))) == newest


def queue_one(unit: UnitOfWork) -> QueuedMessage:
    return unit.insert(
        QueuedMessage.model_construct(
            sid=unit.new_sid("QM"),
            account_sid=AC,
            message_sid="SM" + "0" * 32,
            sender="a",
            to="+15550101",
            expires_at=unit.now,
            due=unit.now,
        )
    )


def test_who_listens_to_a_record_type_is_told_after_each_commit_that_wrote_it(database: Database) -> None:
    told: list[int] = []
    changed = threading.Event()

    def look() -> None:
        # Runs in the storage's thread: reading here would wait for itself on SQLite's writer.
        told.append(1)
        changed.set()

    def commits(what: str, count: int) -> None:
        assert changed.wait(5), what
        changed.clear()
        assert len(told) == count

    database.listen(QueuedMessage, look)
    queued = database.write_sync(queue_one, ALICE)
    commits("insert", 1)
    queued = database.write_sync(lambda unit: unit.update(queued, {"node": "a"}), ALICE)
    commits("update", 2)
    database.write_sync(lambda unit: unit.delete(queued), ALICE)
    commits("delete", 3)
    database.write_sync(lambda unit: unit.insert(application(unit)), ALICE)
    database.read_sync(lambda unit: unit.select(QueuedMessage, limit=1))
    database.write_sync(queue_one, ALICE)
    commits("the next insert, and nothing of what lay between", 4)


def test_nobody_is_told_of_what_was_rolled_back(database: Database) -> None:
    told: list[str] = []
    done = threading.Event()
    database.listen(QueuedMessage, lambda: told.append("queued"))
    database.listen(Application, done.set)

    def fail(unit: UnitOfWork) -> None:
        queue_one(unit)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write_sync(fail, ALICE)
    database.write_sync(lambda unit: unit.insert(application(unit)), ALICE)
    assert done.wait(5)
    assert told == []


async def test_what_a_listener_is_told_of_can_be_read(database: Database) -> None:
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def tell() -> None:
        loop.call_soon_threadsafe(changed.set)

    database.listen(QueuedMessage, tell)
    for count in range(1, 20):
        await database.write(queue_one, ALICE)
        await asyncio.wait_for(changed.wait(), 5)
        changed.clear()
        assert await database.read(lambda unit: unit.count(QueuedMessage)) == count
