"""SQLite: one writer thread that commits waiting units of work together, and a pool of readers.

WAL and synchronous=FULL: what was answered is on disk. One commit for many units makes that affordable. Deferred
transactions would fail with "database is locked" as soon as two of them write, hence BEGIN IMMEDIATE and one writer.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import sqlalchemy as sa

from callwright.storage.engine import StorageError, Work

T = TypeVar("T")

_READERS = 4
_MOST_UNITS_A_COMMIT = 128
#: Another process (the command line) may hold the write lock for a moment.
_BUSY_TIMEOUT_MS = 10_000

_Waiting = tuple[Work[Any], "Future[Any]"]


class SqliteEngine:
    """One database file of one server process."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        self.sql = sa.create_engine(f"sqlite:///{path}", poolclass=sa.pool.QueuePool, pool_size=_READERS + 2)
        sa.event.listen(self.sql, "connect", _prepare)
        sa.event.listen(self.sql, "begin", _begin)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-reader")
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="sqlite-writer", daemon=True)
        self._writer.start()
        self._is_closed = False

    def read(self, work: Work[T]) -> Future[T]:
        return self._readers.submit(self._read, work)

    def _read(self, work: Work[T]) -> T:
        with self.sql.connect().execution_options(callwright_reads=True) as connection, connection.begin():
            return work(connection)

    def write(self, work: Work[T]) -> Future[T]:
        if self._is_closed:
            raise StorageError("the database is closed")
        future: Future[T] = Future()
        self._waiting.put((work, future))
        return future

    def close(self) -> None:
        self._is_closed = True
        self._waiting.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.sql.dispose()

    def _write_all(self) -> None:
        with self.sql.connect() as connection:
            while True:
                first = self._waiting.get()
                if first is None:
                    return
                units, is_last = self._gather(first)
                _commit_together(connection, units)
                if is_last:
                    return

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        units = [first]
        with contextlib.suppress(Empty):
            while len(units) < _MOST_UNITS_A_COMMIT:
                more = self._waiting.get_nowait()
                if more is None:
                    return units, True
                units.append(more)
        return units, False


def _commit_together(connection: sa.Connection, units: list[_Waiting]) -> None:
    """Each unit in its own savepoint: one that fails is rolled back alone."""
    done: list[Callable[[], None]] = []
    try:
        with connection.begin():
            for work, future in units:
                done.append(_run(connection, work, future))
    except Exception as error:
        for _, future in units:
            future.set_exception(_explained(error))
        return
    for tell in done:
        tell()


def _run(connection: sa.Connection, work: Work[Any], future: "Future[Any]") -> Callable[[], None]:
    """Run one unit; answers what to tell its future once the commit is durable."""
    try:
        with connection.begin_nested():
            result = work(connection)
    except Exception as error:
        failure = error
        return lambda: future.set_exception(failure)
    return lambda: future.set_result(result)


def _explained(error: Exception) -> Exception:
    text = str(getattr(error, "orig", error))
    if "disk is full" in text or "disk I/O error" in text:
        return StorageError(f"The database cannot be written ({text}): free disk space and try again.")
    if "locked" in text:
        return StorageError("The database is locked by another process: end it or try again.")
    return error


def _prepare(connection: Any, _: Any) -> None:
    # SQLAlchemy's transactions begin where we say (in _begin), not where the driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get("callwright_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
