"""SQLite: one writer thread that commits groups of units of work, and a few reader threads.

All writes of a process go through one thread with BEGIN IMMEDIATE (deferred transactions that turn into writers
fail with "database is locked" by the thousand). Whatever waits when the writer gets to it shares one transaction
and so one fsync, each unit in a savepoint of its own; that is what makes synchronous=FULL affordable.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from callwright.storage.columns import SQLITE
from callwright.storage.engine import Completion, Connection
from callwright.storage.errors import CannotOpen, DatabaseBusy, DatabaseFailed, DiskFull

log = logging.getLogger(__name__)

#: Another process (the command line) may hold the write lock for that long.
BUSY_TIMEOUT_S = 10.0
#: RETURNING came with this version.
_OLDEST_SQLITE = (3, 35, 0)
_READERS = 2
#: A group is closed at whichever comes first, so that no unit waits long for its commit.
_GROUP_SIZE = 100
_GROUP_S = 0.01
_READ_GROUP_SIZE = 8
_KEPT_STATEMENTS = 500
#: Pages each reader keeps while nobody writes: a search reads 30 MB for 100 000 numbers. (The file is not mapped into
#: memory: an error of the disk would end the process instead of one request.)
_READ_CACHE_KIB = 32 * 1024

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_FAILED = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
    }
)


class SqliteConnection:
    """One connection, as storage.engine.Connection."""

    __slots__ = ("raw",)

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.raw.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return self.raw.execute(sql, parameters).rowcount


@dataclass(frozen=True, slots=True)
class _Unit:
    work: Callable[[Connection], Any]
    completed: Completion

    def complete(self, result: Any, error: BaseException | None) -> None:
        try:
            self.completed(result, error)
        except Exception:  # a caller that went away must not end the engine's thread
            log.warning("nobody took the outcome of a unit of work", exc_info=True)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with our pragmas, in autocommit mode. Raises CannotOpen."""
    try:
        raw = sqlite3.connect(
            path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_KEPT_STATEMENTS,
        )
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA temp_store=MEMORY")
        if read_only:
            raw.execute("PRAGMA query_only=ON")
            raw.execute(f"PRAGMA cache_size=-{_READ_CACHE_KIB}")
    except sqlite3.Error as error:
        raise CannotOpen(f"cannot open the database {path}: {error}; is it a writable SQLite file?") from error
    return raw


def create_file(path: Path) -> None:
    """Create an empty database that only its owner can read, unless it exists. Raises CannotOpen."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise CannotOpen(f"SQLite {sqlite3.sqlite_version} is too old: Python must come with 3.35 or later")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise CannotOpen(f"cannot create {path}: {error.strerror}; choose another --data directory") from error


def translated(error: BaseException) -> BaseException:
    """A failure of the database as the error callers know; anything else as it is."""
    if not isinstance(error, sqlite3.Error):
        return error
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # extended codes hold it in the low byte
    if code in _BUSY:
        known: BaseException = DatabaseBusy(f"another process keeps the database locked ({error}): try again")
    elif code == sqlite3.SQLITE_FULL:
        known = DiskFull("the disk is full, nothing was stored: free some space")
    elif code in _FAILED:
        known = DatabaseFailed(f"the database failed, nothing was stored: {error}")
    else:
        return error
    known.__cause__ = error
    return known


class SqliteEngine:
    """Runs units of work on one SQLite file. The file has been created and migrated."""

    dialect_name = "sqlite"
    codecs = SQLITE

    def __init__(self, path: Path) -> None:
        self._writes: SimpleQueue[_Unit | None] = SimpleQueue()
        self._reads: SimpleQueue[_Unit | None] = SimpleQueue()
        self._threads = [self._thread("writer", self._write_units, connect(path))]
        for number in range(_READERS):
            reader = connect(path, read_only=True)
            self._threads.append(self._thread(f"reader-{number}", self._read_units, reader))

    def _thread(
        self, name: str, target: Callable[[sqlite3.Connection], None], raw: sqlite3.Connection
    ) -> threading.Thread:
        thread = threading.Thread(target=target, args=(raw,), name=f"sqlite-{name}", daemon=True)
        thread.start()
        return thread

    def read(self, work: Callable[[Connection], Any], completed: Completion) -> None:
        self._reads.put(_Unit(work, completed))

    def write(self, work: Callable[[Connection], Any], completed: Completion) -> None:
        self._writes.put(_Unit(work, completed))

    def close(self) -> None:
        self._writes.put(None)
        for _ in range(_READERS):
            self._reads.put(None)
        for thread in self._threads:
            thread.join()

    # -- the writer's thread

    def _write_units(self, raw: sqlite3.Connection) -> None:
        group = _WriteGroup(raw)
        is_last = False
        while not is_last:
            unit = self._writes.get()
            if unit is None:
                break
            is_last = self._write_group(group, unit)
        raw.close()

    def _write_group(self, group: "_WriteGroup", first: _Unit) -> bool:
        """Run what waits as one transaction; answers whether the engine is closing."""
        is_last = False
        unit: _Unit | None = first
        deadline_s = time.monotonic() + _GROUP_S
        group.begin()
        while unit is not None:
            group.run(unit)
            if len(group.outcomes) >= _GROUP_SIZE or time.monotonic() > deadline_s:
                break
            try:
                unit = self._writes.get_nowait()
            except Empty:
                break
            is_last = unit is None
        group.commit()
        return is_last

    # -- a reader's thread

    def _read_units(self, raw: sqlite3.Connection) -> None:
        connection = SqliteConnection(raw)
        while True:
            units = [self._reads.get()]
            # All are taken before BEGIN: each must see what was committed before it was asked.
            while units[-1] is not None and len(units) < _READ_GROUP_SIZE and not self._reads.empty():
                try:
                    units.append(self._reads.get_nowait())
                except Empty:
                    break
            _read_group(connection, [unit for unit in units if unit is not None])
            if units[-1] is None:
                break
        raw.close()


def _read_group(connection: SqliteConnection, units: list[_Unit]) -> None:
    """Run them on one state of the database."""
    if not units:
        return
    try:
        connection.raw.execute("BEGIN")
    except sqlite3.Error as error:
        for unit in units:
            unit.complete(None, translated(error))
        return
    for unit in units:
        try:
            result = unit.work(connection)
        except BaseException as error:  # whatever it was belongs to the caller, not to this thread
            unit.complete(None, translated(error))
        else:
            unit.complete(result, None)
    _end(connection.raw, "ROLLBACK")


def _end(raw: sqlite3.Connection, command: str) -> None:
    """End the transaction, if SQLite has not done so itself (it does on a full disk)."""
    if not raw.in_transaction:
        return
    try:
        raw.execute(command)
    except sqlite3.Error:
        log.exception("a SQLite transaction could not be ended")


class _WriteGroup:
    """One transaction of several units: what each came to is told only after the commit."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self._connection = SqliteConnection(raw)
        self._failure: BaseException | None = None
        self.outcomes: list[tuple[_Unit, Any, BaseException | None]] = []

    def begin(self) -> None:
        self.outcomes = []
        self._failure = None
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._failure = error

    def run(self, unit: _Unit) -> None:
        """Run it in its savepoint; when it fails, only what it did is rolled back."""
        if self._failure is not None:
            self.outcomes.append((unit, None, None))
            return
        result, failure = None, None
        try:
            self._raw.execute("SAVEPOINT unit")
            result = unit.work(self._connection)
        except BaseException as error:  # whatever it was belongs to the caller, not to this thread
            failure = error
        self.outcomes.append((unit, result, failure))
        self._end_savepoint(failure)

    def _end_savepoint(self, failure: BaseException | None) -> None:
        try:
            if failure is not None:
                self._raw.execute("ROLLBACK TO unit")
            self._raw.execute("RELEASE unit")
        except sqlite3.Error as error:
            # SQLite has rolled back everything (disk full, I/O error): the units before it are lost as well.
            self._failure = failure if isinstance(failure, sqlite3.Error) else error

    def commit(self) -> None:
        """Make it durable and tell everybody; when that fails, nobody's work was stored."""
        if self._failure is None:
            try:
                self._raw.execute("COMMIT")
            except sqlite3.Error as error:
                self._failure = error
        _end(self._raw, "ROLLBACK")
        for unit, result, failure in self.outcomes:
            cause = self._failure or failure
            unit.complete(None if cause else result, translated(cause) if cause else None)
