"""One server of a name on a PostgreSQL: the second is refused, a lost connection is made again or ends the server."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from tests.storage.postgresql_server import PostgresqlServer

from callwright.storage import node_lock
from callwright.storage.node_lock import NodeLock, NodeTaken, node_held

PATIENCE_S = 30


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_lock, "_WAIT_S", 0.5)
    monkeypatch.setattr(node_lock, "_LOOK_EVERY_S", 0.3)


@pytest.fixture
def url(postgresql: PostgresqlServer) -> Iterator[str]:
    url = postgresql.create_database()
    yield url
    postgresql.drop_database(url)


def holders(url: str) -> list[int]:
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            b"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
            b" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return [pid for (pid,) in rows]


def cut(url: str) -> None:
    """End the sessions that hold names, as a restart of PostgreSQL does."""
    with psycopg.connect(url, autocommit=True) as connection:
        for pid in holders(url):
            connection.execute(b"SELECT pg_terminate_backend(%s, 5000)", (pid,))


def test_a_second_server_of_a_name_is_refused_with_cause_and_fix(url: str) -> None:
    with node_held(url, "local"):
        with pytest.raises(NodeTaken, match="another server named local runs on this database: give each its own CALL"):
            NodeLock(url, "local").take()
        with node_held(url, "other"):
            assert len(holders(url)) == 2
    with node_held(url, "local") as again:
        assert again is not None
        assert not again.is_lost


def test_sqlite_needs_no_lock() -> None:
    with node_held(None, "local") as lock:
        assert lock is None


def test_a_lost_connection_is_made_again(url: str) -> None:
    with node_held(url, "local") as lock:
        assert lock is not None
        (before,) = holders(url)
        cut(url)
        is_back = threading.Event()
        for _ in range(PATIENCE_S * 10):
            if holders(url):
                break
            is_back.wait(0.1)
        (after,) = holders(url)
        assert after != before
        assert not lock.is_lost
        with pytest.raises(NodeTaken):
            NodeLock(url, "local").take()


def test_a_server_whose_name_another_took_meanwhile_is_told_to_end(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    with node_held(url, "local") as lock:
        assert lock is not None
        lock.tell_when_lost(told.set)
        with psycopg.connect(url, autocommit=True) as other:
            (key,) = {node_lock._key("local")}
            waiting = threading.Thread(target=other.execute, args=(b"SELECT pg_advisory_lock(%s)", (key,)))
            waiting.start()  # who waits gets it first
            cut(url)
            waiting.join(PATIENCE_S)
            assert told.wait(PATIENCE_S)
        assert lock.is_lost
