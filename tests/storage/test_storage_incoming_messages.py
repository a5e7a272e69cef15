"""Incoming messages on both engines: what the fake storage cannot tell about look-ups, order and odd text."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.fakes.voice import FakeWebhooks, account, ports_on, xml
from tests.storage.records import ALICE

from callwright.config import Settings
from callwright.model.message_part import MessagePart
from callwright.model.opt_out import OptOut
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.short_code import ShortCode
from callwright.storage.database import Database
from callwright.usecases.answer_message import answer_message
from callwright.usecases.carrier_traffic import Incoming, Part, ReceivedMedia
from callwright.usecases.receive_message import receive_message
from callwright.usecases.store_received_media import store_received_media

NUMBER, CODE, SENDER = "+15555550100", "12345", "+15555550111"
OWNER = account()
CARRIER = Carrier.model_construct(sid="CR" + "1" * 32, account_sid=OWNER.sid, friendly_name="c", kind="loopback")


@pytest.fixture
def numbers(database: Database) -> Database:
    """The database with an account, its number and its short code."""
    owned: dict[str, Any] = {"account_sid": OWNER.sid, "sms_url": "http://app.test/"}
    number = IncomingPhoneNumber.model_construct(sid="PN" + "1" * 32, phone_number=NUMBER, **owned)
    code = ShortCode.model_construct(sid="SC" + "1" * 32, short_code=CODE, **owned)
    owner = OWNER.model_copy(update={"auth_token_sha256": "0" * 64})
    database.write_sync(lambda unit: [unit.insert(record) for record in (owner, number, code, CARRIER)], ALICE)
    return database


def receive(database: Database, body: str, *, part: Part | None = None, **fields: object) -> Message | None:
    given = {"from_": SENDER, "to": NUMBER, **fields}
    incoming = Incoming(carrier=CARRIER, body=body, part=part, **given)  # type: ignore[arg-type] # all are text
    return database.write_sync(lambda unit: receive_message(unit, incoming, Settings()), ALICE)


def test_parts_of_mixed_messages_are_told_apart(numbers: Database) -> None:
    assert receive(numbers, "b2", part=Part(0xFFFF, 2, 2)) is None
    assert receive(numbers, "c2", part=Part(0xFFFF, 2, 2), from_="+15555550112") is None
    assert receive(numbers, "a2", part=Part(1, 2, 3)) is None
    assert receive(numbers, "a3", part=Part(1, 3, 3)) is None
    assert receive(numbers, "a3", part=Part(1, 3, 3)) is None
    first = receive(numbers, "a1", part=Part(1, 1, 3))
    second = receive(numbers, "b1", part=Part(0xFFFF, 1, 2))
    assert [one.body for one in (first, second) if one] == ["a1a2a3", "b1b2"]
    [left] = numbers.read_sync(lambda unit: unit.select(MessagePart, limit=9))
    assert left.from_ == "+15555550112"


def test_a_message_comes_back_as_it_was_received(numbers: Database) -> None:
    received = receive(numbers, "STOP", to=CODE)
    assert received is not None
    stored = numbers.read_sync(lambda unit: unit.get(Message, received.sid))
    assert stored is not None
    # The steps of the route are a tuple before they are JSON.
    assert stored.model_dump(exclude={"route"}) == received.model_dump(exclude={"route"})
    chosen = {reason["step"]: reason["chose"] for reason in stored.route["reasons"]}
    assert chosen["url"] == "http://app.test/"
    assert (stored.to, stored.opt_out_type, stored.replies) == (CODE, "STOP", {})
    [opt_out] = numbers.read_sync(lambda unit: unit.select(OptOut, limit=9))
    assert (opt_out.sender, opt_out.recipient) == (CODE, SENDER)


def test_odd_text_of_carriers_can_be_stored(numbers: Database) -> None:
    odd = "a\0\ud800b"
    media = (ReceivedMedia(content_type=odd, url=odd),)
    received = receive(numbers, odd, from_=odd, media=media)
    assert received is not None
    assert (received.body, received.from_, received.status) == ("a\ufffdb", "a\ufffdb", "receiving")


async def test_received_files_are_stored_and_replies_noted(numbers: Database) -> None:
    received = receive(numbers, "look", media=(ReceivedMedia("image/png", content=b"png"),))
    assert received is not None
    webhooks = FakeWebhooks({"http://app.test/": xml("<Message>one</Message><Message>two</Message>")})
    ports = replace(ports_on(numbers, webhooks), now=lambda: datetime.now(UTC))  # type: ignore[arg-type] # any storage
    file = {"sid": "ME" + "1" * 32, "content_type": "image/png", "url": None, "content": "cG5n"}
    await store_received_media(ports, {"message_sid": received.sid, "files": [file]})
    await answer_message(ports, {"message_sid": received.sid})
    [media] = numbers.read_sync(lambda unit: unit.select(Media, limit=9))
    stored = numbers.read_sync(lambda unit: unit.get(Message, received.sid))
    assert stored is not None
    assert (media.parent_sid, stored.status, stored.is_answered) == (received.sid, "received", True)
    sids = list(stored.replies.values())
    replies = numbers.read_sync(lambda unit: [unit.get(Message, sid) for sid in sids])
    assert [reply.body for reply in replies if reply] == ["one", "two"]
