"""The API on a real HTTP server and a real SQLite database, with live calls that tests decide on."""

import asyncio
import hashlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from tests.fakes.live_calls import FakeLiveCalls
from tests.fakes.messaging import FakeCarriers, FakeMediaStore, FakeSecrets

from callwright.config import Settings
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.model.resources.trunk import Trunk
from callwright.rest.app import build_app
from callwright.storage.database import Database, open_database
from callwright.usecases.ports import Ports

ACCOUNT_SID, AUTH_TOKEN = "AC" + "a" * 32, "5" * 32


class ContractServer:
    """Runs on a thread of its own until closed."""

    def __init__(self, data: Path) -> None:
        self.settings = Settings(data=data, calls_per_second=1000, messages_per_second=1000)
        self.database: Database = open_database(self.settings)
        self.media, self.secrets = FakeMediaStore(), FakeSecrets()
        self.live_calls = FakeLiveCalls()
        self.account_sid, self.auth_token = ACCOUNT_SID, AUTH_TOKEN
        ports = Ports(
            storage=self.database,
            webhooks=cast("Any", None),
            live_calls=self.live_calls,
            carriers=FakeCarriers(),
            secrets=self.secrets,
            media=self.media,
            settings=self.settings,
            now=cast("Any", None),
            sleep=asyncio.sleep,
        )
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(build_app(ports, version="0"), http="httptools", lifespan="off", log_config=None)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._thread.start()

    def store(self, *records: Record) -> None:
        """Insert them as they are."""
        for record in records:
            self.database.write_sync(lambda unit, record=record: unit.insert(record))  # type: ignore[misc] # bound now

    def change(self, record_type: type[Record], sid: str, **changes: Any) -> None:
        def work(unit: Any) -> None:
            unit.update(unit.get(record_type, sid), changes)

        self.database.write_sync(work)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()
        self.database.close()


@pytest.fixture(scope="module")
def contract_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContractServer]:
    """A server with one account and one trunk, shared by a module."""
    server = ContractServer(tmp_path_factory.mktemp("contract"))
    server.store(
        Account.model_construct(
            sid=ACCOUNT_SID,
            account_sid=ACCOUNT_SID,
            owner_account_sid=ACCOUNT_SID,
            friendly_name="My account",
            auth_token=AUTH_TOKEN,
            auth_token_sha256=hashlib.sha256(AUTH_TOKEN.encode()).hexdigest(),
        ),
        Trunk.model_construct(
            sid="TK" + "1" * 32, account_sid=ACCOUNT_SID, friendly_name="Carrier", host="127.0.0.1", port=5070
        ),
    )
    yield server
    server.close()
