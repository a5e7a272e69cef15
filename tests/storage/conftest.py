"""One suite over both engines: `database` is a fresh SQLite, then a fresh database of a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.storage.postgresql_server import PostgresqlServer

from callwright.config import Settings
from callwright.storage.database import Database, open_database

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of an empty database."""
    if engine_name == "sqlite":
        yield Settings(data=tmp_path / "data")
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    url = server.create_database()
    yield Settings(data=tmp_path / "data", database=url)
    server.drop_database(url)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings)
    yield opened
    opened.close()
