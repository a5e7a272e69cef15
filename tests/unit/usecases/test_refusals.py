"""Calls and messages that are refused before they have a row are told to whoever can mend it, and not without end."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import account

from callwright.config import Settings
from callwright.messaging.inbox import Inbox
from callwright.model.resources.call import Call
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.model.resources.trunk import Trunk
from callwright.model.sid import is_sid
from callwright.usecases.answer_call import Arrival, Refused, answer_call
from callwright.usecases.carrier_traffic import Incoming, Part, Undeliverable

PARENT, SUB = "AC" + "a" * 32, "AC" + "b" * 32
TRUNK = Trunk.model_construct(sid="TK1", account_sid=PARENT, friendly_name="t")
OTHER_TRUNK = Trunk.model_construct(sid="TK2", account_sid=PARENT, friendly_name="u")
CARRIER = Carrier.model_construct(sid="CR1", account_sid=PARENT, friendly_name="c", kind="loopback")


@pytest.fixture
def storage() -> FakeStorage:
    made = FakeStorage()
    made.put(account(PARENT), account(SUB, owner_account_sid=PARENT, status="suspended"), TRUNK, CARRIER)
    made.put(IncomingPhoneNumber.model_construct(sid="PN1", account_sid=SUB, phone_number="+15555550100"))
    return made


def call(storage: FakeStorage, to: str, trunk: Trunk = TRUNK) -> Refused:
    decision = storage.write_sync(lambda unit: answer_call(unit, Arrival(trunk, to, "+15555550111", "id", "node")))
    assert isinstance(decision, Refused)
    return decision


async def deliver(storage: FakeStorage, to: str, **fields: Any) -> Undeliverable:
    inbox = Inbox(storage, Settings(), lambda: None)
    with pytest.raises(Undeliverable) as refused:
        await inbox.receive(Incoming(CARRIER, "+15555550111", to, **{"body": "Hello", **fields}))
    return refused.value


def told(storage: FakeStorage) -> list[Notification]:
    return storage.all(Notification)


def test_a_call_to_an_unknown_number_is_told_to_the_trunks_account(storage: FakeStorage) -> None:
    decision = call(storage, "+15555550999")
    [one] = told(storage)
    assert (one.account_sid, one.error_code, one.message_text) == (PARENT, "99010", decision.cause)
    assert parse_qs(one.request_variables or "") == {"To": ["+15555550999"], "By": ["TK1"]}
    assert is_sid(one.sid, "NO")
    assert storage.all(Call) == []


def test_a_call_of_a_suspended_account_is_told_to_that_account(storage: FakeStorage) -> None:
    assert call(storage, "+15555550100").code == 10003
    assert [(one.account_sid, one.error_code) for one in told(storage)] == [(SUB, "10003")]


def test_the_same_number_is_told_once_a_minute_for_each_trunk(storage: FakeStorage) -> None:
    for _ in range(3):
        call(storage, "+15555550999")
        call(storage, "+15555550999", OTHER_TRUNK)
    assert len(told(storage)) == 2
    storage.pass_time(timedelta(minutes=1).total_seconds())
    call(storage, "+15555550999")
    assert len(told(storage)) == 3


def test_a_scanner_cannot_fill_the_table(storage: FakeStorage) -> None:
    for number in range(500):
        call(storage, f"+1555{number:07}")
    assert len(told(storage)) == 10


async def test_a_message_to_an_unknown_number_is_told_to_the_carriers_account(storage: FakeStorage) -> None:
    refused = await deliver(storage, "15555550999")
    [one] = told(storage)
    assert (one.account_sid, one.error_code, one.message_text) == (PARENT, "99011", str(refused))
    assert parse_qs(one.request_variables or "")["To"] == ["+15555550999"]
    assert storage.all(Message) == []


async def test_a_message_of_a_suspended_account_is_told_to_that_account(storage: FakeStorage) -> None:
    await deliver(storage, "+15555550100")
    assert [(one.account_sid, one.error_code) for one in told(storage)] == [(SUB, "30002")]


async def test_a_message_that_cannot_be_one_is_told_with_what_is_wrong(storage: FakeStorage) -> None:
    storage.put(account(SUB, owner_account_sid=PARENT))
    await deliver(storage, "+15555550100", body="x" * 100_000)
    await deliver(storage, "+15555550101", part=Part(1, 300, 300))
    assert {one.error_code for one in told(storage)} <= {"99012", "99011"}
    assert "99012" in {one.error_code for one in told(storage)}


@pytest.mark.parametrize("hostile", ["\ud800", "\x00\x1b[31m", "é" * 500, "<script>", "", "\u202egnp.exe"])
async def test_what_peers_write_as_a_number_stays_text(storage: FakeStorage, hostile: str) -> None:
    assert call(storage, hostile).sip_status == 404
    await deliver(storage, hostile)
    for one in told(storage):
        text = (one.message_text or "") + (one.request_variables or "")
        assert text.isascii()
        assert text.isprintable()
        assert len(text) < 1500
