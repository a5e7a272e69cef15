"""kill -9 at random moments while messages go out and come in: none is lost, none goes out twice."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fault.smsc_thread import SmscThread
from tests.running.server import RunningServer
from tests.running.waiting import eventually

from callwright.config import Settings
from callwright.model.actor import SERVER
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.account import Account
from callwright.model.resources.message import Message
from callwright.storage.database import Database, open_database
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.queue_message import Draft, queue_message

#: Servers are started eight times or so, maybe on a machine that is busy.
pytestmark = pytest.mark.timeout(400)

MESSAGES = 2000
KILLS = 3
SENDERS = ("+15555550100", "+15555550101")
RATE = 100_000.0


@pytest.fixture
def smsc() -> Iterator[SmscThread]:
    with SmscThread() as running:
        yield running


@pytest.fixture
def sending_server(tmp_path: Path) -> Iterator[RunningServer]:
    environment = {"CALLWRIGHT_MESSAGES_PER_SECOND": str(RATE)}
    running = RunningServer(tmp_path / "data", environment=environment)
    yield running
    running.close()


def carrier_to(server: RunningServer, smsc: SmscThread, **fields: Any) -> Any:
    settings = {"host": "127.0.0.1", "port": smsc.port, "system_id": "us", "reconnect_s": 0.5, "receipts": False}
    return server.v1(
        "POST",
        "/Carriers",
        friendly_name="smsc",
        kind="smpp",
        settings=settings,
        secrets={"password": "secret"},
        **fields,
    )


def on_disk(server: RunningServer) -> Database:
    """The data of a server that does not run."""
    return open_database(Settings(data=server.data, messages_per_second=RATE))


def queue(server: RunningServer, count: int) -> None:
    """As many POST /Messages would, much faster."""
    database = on_disk(server)
    settings = Settings(messages_per_second=RATE)

    def work(unit: UnitOfWork) -> None:
        account = unit.get(Account, server.account_sid)
        assert account is not None
        for number in range(count):
            draft = Draft(account, to=f"+1777{number:07}", from_=SENDERS[number % 2], body=f"text {number}")
            queue_message(unit, draft, settings)

    database.write_sync(work, SERVER)
    database.close()


def kill_while(server: RunningServer, progress: Callable[[], int], most: int) -> None:
    """Start, kill in the middle of it at a random moment, and again; then start and leave it running."""
    for round_number in range(KILLS):
        server.start()
        seen = progress()
        wanted = seen + random.randrange(20, most // (KILLS + 2))
        eventually(progress, lambda now, wanted=wanted: now >= min(wanted, most))  # type: ignore[misc]
        time.sleep(random.uniform(0, 0.05))
        server.kill()
        assert progress() < most, f"all was done before kill {round_number + 1}: nothing was interrupted"
    server.start()


def all_messages(server: RunningServer) -> list[Message]:
    database = on_disk(server)
    found = database.read_sync(lambda unit: unit.select(Message, limit=10 * MESSAGES))
    waiting = database.read_sync(lambda unit: unit.count(QueuedMessage))
    database.close()
    assert waiting == 0
    return found


def queue_length(server: RunningServer) -> int:
    database = on_disk(server)
    length = database.read_sync(lambda unit: unit.count(QueuedMessage))
    database.close()
    return length


@pytest.mark.parametrize("retries", [False, True])
def test_no_message_is_lost_or_handed_over_twice_when_the_server_is_killed(
    sending_server: RunningServer, smsc: SmscThread, retries: bool
) -> None:
    server = sending_server.start()
    carrier_to(server, smsc, retry_unacknowledged=retries)
    server.stop()
    queue(server, MESSAGES)
    kill_while(server, lambda: len(smsc.given), MESSAGES)
    eventually(lambda: queue_length(server), lambda length: length == 0, within_s=120)
    server.stop()
    messages = all_messages(server)
    assert len(messages) == MESSAGES
    statuses = Counter(message.status for message in messages)
    unknown = {message.body for message in messages if message.error_code == 30008}
    twice = {text for text, count in smsc.given.items() if count > 1}
    never = {message.body for message in messages} - smsc.given.keys()
    if retries:
        assert statuses == {"sent": MESSAGES}
        assert never == set()
        assert len(twice) <= KILLS * 50
        assert all(smsc.given[text] <= 1 + KILLS for text in twice)
    else:
        assert statuses == {"sent": MESSAGES - len(unknown), "undelivered": len(unknown)}
        assert twice == set()
        assert never <= unknown
        assert 0 < len(unknown) <= KILLS * 50
        assert {text for text in smsc.given if not smsc.acknowledged[text]} <= unknown


def test_what_was_acknowledged_to_a_carrier_is_never_lost(sending_server: RunningServer, smsc: SmscThread) -> None:
    server = sending_server.start()
    carrier_to(server, smsc)
    server.stop()
    texts = [f"text {number}" for number in range(MESSAGES)]
    smsc.offer("17770000001", SENDERS[1].removeprefix("+"), texts)
    kill_while(server, lambda: len(smsc.taken), MESSAGES)
    eventually(lambda: len(smsc.taken), lambda taken: taken == MESSAGES, within_s=60)
    server.stop()
    stored = Counter(message.body for message in all_messages(server) if message.direction == "inbound")
    assert set(stored) == set(texts)
    # A carrier repeats what was not acknowledged when the link was lost: those may be there twice.
    assert stored.total() <= MESSAGES + KILLS * 100
