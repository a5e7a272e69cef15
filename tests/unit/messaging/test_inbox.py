"""What carriers bring in is stored before they are told so: many in one transaction, each on its own when one fails."""

import asyncio
from typing import Any

import pytest
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import LoopStorage, account

from callwright.config import Settings
from callwright.messaging.inbox import Inbox
from callwright.model.early_receipt import EarlyReceipt
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.usecases.carrier_traffic import Incoming, Receipt, Undeliverable
from callwright.usecases.ports import StorageUnavailable

AC = "AC" + "a" * 32
CARRIER = Carrier.model_construct(sid="CR" + "a" * 32, account_sid=AC, friendly_name="a", kind="smpp")


class CountingStorage(LoopStorage):
    """Remembers how many rows of messages each transaction stored; fails those that hold the text `poison`."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions: list[int] = []

    async def write(self, work: Any, actor: Any) -> Any:
        before = len(self.all(Message))

        def checked(unit: Any) -> Any:
            result = work(unit)
            if any(message.body == "poison" for message in unit.select(Message, limit=1000)):
                raise ZeroDivisionError("a defect")
            return result

        result = await super().write(checked, actor)
        self.transactions.append(len(self.all(Message)) - before)
        return result


def numbered_storage() -> CountingStorage:
    storage = CountingStorage()
    storage.put(account(AC), CARRIER)
    storage.put(
        IncomingPhoneNumber.model_construct(sid="PN" + "1" * 32, account_sid=AC, phone_number="+15550100"),
    )
    return storage


def incoming(body: str = "Hi", to: str = "+15550100") -> Incoming:
    return Incoming(CARRIER, "+15550999", to, body)


def bodies(storage: FakeStorage) -> list[str | None]:
    return [message.body for message in storage.all(Message)]


async def outcomes(*calls: Any) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


@pytest.fixture
async def storage() -> CountingStorage:
    return numbered_storage()


@pytest.fixture
async def inbox(storage: CountingStorage) -> Inbox:
    return Inbox(storage, Settings(), changed=lambda: None)


async def test_a_message_is_stored_when_its_carrier_is_told_so(storage: CountingStorage, inbox: Inbox) -> None:
    await inbox.receive(incoming("Hello"))
    assert bodies(storage) == ["Hello"]


async def test_what_comes_together_shares_transactions_in_order(storage: CountingStorage, inbox: Inbox) -> None:
    texts = [str(number) for number in range(250)]
    assert set(await outcomes(*(inbox.receive(incoming(text)) for text in texts))) == {None}
    assert bodies(storage) == texts
    assert storage.transactions == [100, 100, 50]


async def test_nobody_is_told_before_the_commit(storage: CountingStorage, inbox: Inbox) -> None:
    storage.write_s = 0.05
    told = asyncio.create_task(inbox.receive(incoming()))
    await asyncio.sleep(0.01)
    assert not told.done()
    await told
    assert len(bodies(storage)) == 1


async def test_a_message_for_nobody_is_refused_and_the_others_are_stored(
    storage: CountingStorage, inbox: Inbox
) -> None:
    calls = [incoming("a"), incoming("b", to="+19990000"), incoming("c")]
    first, second, third = await outcomes(*(inbox.receive(call) for call in calls))
    assert (first, third) == (None, None)
    assert isinstance(second, Undeliverable)
    assert bodies(storage) == ["a", "c"]
    assert storage.transactions == [2]


async def test_one_that_spoils_the_transaction_is_alone_with_its_error(storage: CountingStorage, inbox: Inbox) -> None:
    texts = ["a", "poison", "c"]
    first, second, third = await outcomes(*(inbox.receive(incoming(text)) for text in texts))
    assert (first, third) == (None, None)
    assert isinstance(second, ZeroDivisionError)
    assert bodies(storage) == ["a", "c"]


async def test_while_storage_is_down_every_carrier_is_told_to_try_again(storage: CountingStorage, inbox: Inbox) -> None:
    storage.fails = 1
    told = await outcomes(*(inbox.receive(incoming(text)) for text in "abc"))
    assert [type(one) for one in told] == [StorageUnavailable] * 3
    assert bodies(storage) == []
    await inbox.receive(incoming("again"))
    assert bodies(storage) == ["again"]


async def test_receipts_go_the_same_way(storage: CountingStorage, inbox: Inbox) -> None:
    receipt = Receipt(CARRIER.sid, "id-1", "delivered")
    await outcomes(inbox.report(receipt), inbox.receive(incoming()))
    assert [one.carrier_message_id for one in storage.all(EarlyReceipt)] == ["id-1"]
    assert storage.transactions == [1]


async def test_who_went_away_meanwhile_disturbs_nobody(storage: CountingStorage, inbox: Inbox) -> None:
    storage.write_s = 0.05
    gone, stays = (asyncio.create_task(inbox.receive(incoming(text))) for text in "ab")
    await asyncio.sleep(0.01)
    gone.cancel()
    await stays
    assert bodies(storage) == ["a", "b"]


async def test_a_stop_waits_until_all_is_stored(storage: CountingStorage, inbox: Inbox) -> None:
    storage.write_s = 0.05
    calls = [asyncio.create_task(inbox.receive(incoming(text))) for text in "abc"]
    await asyncio.sleep(0.01)
    await inbox.stop(5)
    assert bodies(storage) == ["a", "b", "c"]
    await outcomes(*calls)


async def test_a_links_change_is_passed_on() -> None:
    told: list[str] = []
    Inbox(numbered_storage(), Settings(), changed=lambda: told.append("changed")).changed()
    assert told == ["changed"]
