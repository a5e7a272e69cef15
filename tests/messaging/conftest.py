"""A server that sends as fast as it is asked to, and ways of messages over carriers of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.messaging.way import Way, opened
from tests.running.server import RunningServer
from tests.running.smsc import Smsc

#: Short enough for a test to wait for, long enough for parts that are on their way.
PART_TIMEOUT_S = 8

OpenWay = Callable[..., Way]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that many tests share; each uses numbers and carriers of its own."""
    environment = {
        "CALLWRIGHT_MESSAGES_PER_SECOND": "1000",
        "CALLWRIGHT_MESSAGE_PART_TIMEOUT_S": str(PART_TIMEOUT_S),
    }
    running = RunningServer(tmp_path_factory.mktemp("messaging") / "data", environment=environment).start()
    yield running
    running.close()


@pytest.fixture
def open_way(server: RunningServer) -> Iterator[OpenWay]:
    """`open_way(smsc, settings={…}, …)`: a number whose messages go by that SMSC, until the end of the test."""
    with ExitStack() as ways:

        def open_one(smsc: Smsc, on: RunningServer = server, **options: Any) -> Way:
            return ways.enter_context(opened(on, smsc, **options))

        yield open_one


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    """An SMSC that does everything as it should."""
    with Smsc() as running:
        yield running
