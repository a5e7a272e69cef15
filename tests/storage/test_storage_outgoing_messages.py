"""Outgoing messages on both engines: queued, claimed by several servers, settled, and their receipts."""

import asyncio
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from callwright.config import Settings
from callwright.model.actor import SERVER
from callwright.model.early_receipt import EarlyReceipt
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.submission import Submission
from callwright.storage.database import Database
from callwright.usecases.apply_receipt import apply_receipt, apply_waiting_receipts
from callwright.usecases.carrier_traffic import Accepted, Receipt, Sending
from callwright.usecases.claim_messages import claim_messages
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.queue_message import Draft, queue_message
from callwright.usecases.recover_messages import recover_messages
from callwright.usecases.settle_message import settle_message

NUMBER = "+15555550100"
CARRIER = "CR" + "1" * 32


@pytest.fixture
def account(database: Database) -> Account:
    sid = "AC" + "a" * 32
    common: dict[str, Any] = {"account_sid": sid}

    def insert(unit: UnitOfWork) -> Account:
        unit.insert(IncomingPhoneNumber.model_construct(sid="PN" + "1" * 32, phone_number=NUMBER, **common))
        unit.insert(Carrier.model_construct(sid=CARRIER, friendly_name="One", kind="smpp", **common))
        return unit.insert(
            Account.model_construct(sid=sid, owner_account_sid=sid, auth_token="5" * 32, auth_token_sha256="", **common)
        )

    return database.write_sync(insert)


async def queue_all(database: Database, account: Account, settings: Settings, count: int) -> list[Message]:
    def queue(unit: UnitOfWork, at: int) -> Message:
        draft = Draft(account, f"+1555556{at:04d}", NUMBER, f"Number {at}", status_callback="http://app.test/")
        return queue_message(unit, draft, settings)

    writes = [database.write(partial(queue, at=at), SERVER) for at in range(count)]
    return list(await asyncio.gather(*writes))


async def test_messages_queued_at_once_have_turns_of_their_own(
    database: Database, account: Account, settings: Settings
) -> None:
    await queue_all(database, account, settings, 12)
    rows = database.read_sync(lambda unit: unit.select(QueuedMessage, limit=100))
    dues = sorted(row.due for row in rows)
    assert len(dues) == 12
    assert all((later - earlier).total_seconds() >= 0.999 for earlier, later in pairwise(dues))


async def test_servers_that_claim_at_once_never_claim_the_same_message(
    database: Database, account: Account, settings: Settings
) -> None:
    await queue_all(database, account, settings, 20)
    sids = [row.sid for row in database.read_sync(lambda unit: unit.select(QueuedMessage, limit=100))]

    def claim(unit: UnitOfWork, node: str) -> list[Sending]:
        return claim_messages(unit, sids, node, {CARRIER: 15}).sendings

    claimed = await asyncio.gather(
        *(database.write(partial(claim, node=node), SERVER) for node in ("one", "two", "three"))
    )
    messages = [sending.message.sid for sendings in claimed for sending in sendings]
    assert len(messages) == len(set(messages)) == 20


async def test_outcomes_and_receipts_that_cross_each_other_lose_nothing(
    database: Database, account: Account, settings: Settings
) -> None:
    await queue_all(database, account, settings, 20)
    sids = [row.sid for row in database.read_sync(lambda unit: unit.select(QueuedMessage, limit=100))]
    sendings = database.write_sync(lambda unit: claim_messages(unit, sids, "one", {CARRIER: 50})).sendings

    def settle(unit: UnitOfWork, sending: Sending) -> None:
        settle_message(unit, sending, Accepted((sending.message.sid,)), settings)

    def receive(unit: UnitOfWork, sending: Sending) -> None:
        apply_receipt(unit, Receipt(CARRIER, sending.message.sid, "delivered"))

    steps = [step for sending in sendings for step in ((receive, sending), (settle, sending), (receive, sending))]
    await asyncio.gather(*(database.write(partial(work, sending=one), SERVER) for work, one in steps))
    # Where neither transaction saw what the other inserted, the job that looks again finds it.
    database.write_sync(lambda unit: apply_waiting_receipts(unit, CARRIER))
    messages = database.read_sync(lambda unit: unit.select(Message, limit=100))
    assert {message.status for message in messages} == {"delivered"}
    assert database.read_sync(lambda unit: unit.count(QueuedMessage)) == 0
    assert database.read_sync(lambda unit: unit.count(EarlyReceipt)) == 0
    assert database.read_sync(lambda unit: unit.count(Submission)) == 20


async def test_what_a_dead_server_had_claimed_is_judged_by_itself_alone(
    database: Database, account: Account, settings: Settings
) -> None:
    await queue_all(database, account, settings, 3)
    rows = database.read_sync(lambda unit: unit.select(QueuedMessage, limit=100))
    database.write_sync(lambda unit: claim_messages(unit, [row.sid for row in rows], "one", {CARRIER: 2}))
    assert database.write_sync(lambda unit: recover_messages(unit, "two")) == 0
    assert database.write_sync(lambda unit: recover_messages(unit, "one")) == 2
    messages = database.read_sync(lambda unit: unit.select(Message, limit=100))
    assert sorted(message.status for message in messages) == ["queued", "undelivered", "undelivered"]
