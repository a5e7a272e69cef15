"""PostgreSQL by psycopg 3: a bounded set of threads, each with a connection of its own, one transaction a unit.

Transactions are REPEATABLE READ: a unit that read what another has changed meanwhile is run again instead of
overwriting it, so that use cases mean the same here as on SQLite with its one writer.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import orjson
import psycopg
from psycopg import errors
from psycopg.types.json import set_json_loads

from callwright.storage.columns import POSTGRESQL
from callwright.storage.engine import Completion, Connection
from callwright.storage.errors import DatabaseBusy, DatabaseFailed, DatabaseUnreachable, DiskFull

log = logging.getLogger(__name__)

_THREADS = 8
_CONNECT_TIMEOUT_S = 5
_RUNS = 12
_LONGEST_PAUSE_S = 0.02
_COLLISIONS = (errors.SerializationFailure, errors.DeadlockDetected)
#: Another unit has just stored the same value, out of this one's sight: run again, it finds it and says so itself.
_UNSEEN = (errors.UniqueViolation,)
#: What ended the session rather than the statement: administrators, restarts, cut lines.
_SESSION_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
#: SQLSTATEs (PostgreSQL, Appendix A) of what passes: connections, collisions, resources, locks, operators, the system;
#: and a server that only reads for now, or closed a session that idled. All others are the statement's own fault.
_PASSING_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
_PASSING = frozenset({"25006", "25P03"})
_SETUP = (
    "SET TIME ZONE 'UTC'",
    "SET client_encoding TO 'UTF8'",
    "SET statement_timeout TO '30s'",
    "SET idle_in_transaction_session_timeout TO '60s'",
    # Statements here take milliseconds: to start helpers, or to compile them, takes longer than they do.
    "SET max_parallel_workers_per_gather TO 0",
    "SET jit TO off",
    # The default is for spinning disks: it has counts read whole tables that lie in an index. Others' values stay.
    "SELECT set_config('random_page_cost', '1.1', false) WHERE current_setting('random_page_cost') = '4'",
)


class PostgresConnection:
    """One connection, as storage.engine.Connection."""

    __slots__ = ("raw",)

    def __init__(self, raw: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.raw = raw

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.raw.execute(sql.encode(), parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return self.raw.execute(sql.encode(), parameters).rowcount


@dataclass(frozen=True, slots=True)
class _Unit:
    work: Callable[[Connection], Any]
    completed: Completion
    writes: bool

    def complete(self, result: Any, error: BaseException | None) -> None:
        try:
            self.completed(result, error)
        except Exception:  # a caller that went away must not end the engine's thread
            log.warning("nobody took the outcome of a unit of work", exc_info=True)


def connect_to_migrate(conninfo: str, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
    """A plain connection, without time limits; `options` are libpq's.

    Raises DatabaseUnreachable, in one line and without the password.
    """
    try:
        return psycopg.connect(conninfo, connect_timeout=_CONNECT_TIMEOUT_S, **options)
    except psycopg.Error as error:
        cause = " ".join(str(error).split())
        raise DatabaseUnreachable(
            f"PostgreSQL does not let us in: {cause}. Is it running, and is the --database URL right?"
        ) from error


def connect(conninfo: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection with our settings. Raises DatabaseUnreachable."""
    raw = connect_to_migrate(conninfo)
    raw.autocommit = True
    for command in _SETUP:
        raw.execute(command.encode())
    set_json_loads(orjson.loads, raw)
    raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    raw.autocommit = False
    return raw


class PostgresEngine:
    """Runs units of work on a PostgreSQL database that has been migrated."""

    dialect_name = "postgresql"
    codecs = POSTGRESQL

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._gate = threading.Lock()
        self._units: SimpleQueue[_Unit | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run_units, name=f"postgresql-{number}", daemon=True)
            for number in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def read(self, work: Callable[[Connection], Any], completed: Completion) -> None:
        self._units.put(_Unit(work, completed, writes=False))

    def write(self, work: Callable[[Connection], Any], completed: Completion) -> None:
        self._units.put(_Unit(work, completed, writes=True))

    def close(self) -> None:
        for _ in self._threads:
            self._units.put(None)
        for thread in self._threads:
            thread.join()

    def _run_units(self) -> None:
        session = _Session(self._conninfo, self._gate)
        while (unit := self._units.get()) is not None:
            try:
                result = session.run(unit)
            except BaseException as error:  # whatever it was belongs to the caller, not to this thread
                unit.complete(None, translated(error))
            else:
                unit.complete(result, None)
        session.close()


class _Session:
    """One thread's connection, opened when first needed and again after it was lost.

    `gate` is the engine's: whoever collided holds it while running again, and no unit that writes starts
    meanwhile. So a row that everybody wants goes round, instead of to whoever is quickest again and again.
    """

    def __init__(self, conninfo: str, gate: threading.Lock) -> None:
        self._conninfo = conninfo
        self._gate = gate
        self._raw: psycopg.Connection[tuple[Any, ...]] | None = None
        self._is_committing = False

    def run(self, unit: _Unit) -> Any:
        """Run it as one transaction, again when it collided with another."""
        if unit.writes:
            with self._gate:
                pass
        try:
            return self._run_connected(unit)
        except (*_COLLISIONS, *_UNSEEN):
            pass
        with self._gate:
            return self._run_again(unit)

    def _run_again(self, unit: _Unit) -> Any:
        """Now only what was running already and other processes can be in the way."""
        for run in range(1, _RUNS + 1):
            try:
                return self._run_connected(unit)
            except _COLLISIONS as error:
                if run == _RUNS:
                    raise DatabaseBusy("units of work kept colliding: try again") from error
            time.sleep(random.uniform(0, _LONGEST_PAUSE_S))  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable: the last run returns or raises")

    def _run_connected(self, unit: _Unit) -> Any:
        """Run it once; on a new connection if the kept one turns out to have died while it was idle."""
        is_kept = self._raw is not None
        try:
            return self._transact(unit)
        except _COLLISIONS:
            raise
        except _SESSION_LOST:
            if not is_kept or self._raw is not None or self._is_committing:
                raise
        return self._transact(unit)

    def _transact(self, unit: _Unit) -> Any:
        raw = self._raw = self._raw or connect(self._conninfo)
        self._is_committing = False
        try:
            raw.read_only = not unit.writes
            result = unit.work(PostgresConnection(raw))
            self._is_committing = True
            raw.commit()
        except BaseException:
            self._roll_back(raw)
            raise
        return result

    def _roll_back(self, raw: psycopg.Connection[tuple[Any, ...]]) -> None:
        try:
            raw.rollback()
        except psycopg.Error:
            raw.close()
        if raw.closed:
            self._raw = None

    def close(self) -> None:
        if self._raw is not None:
            self._raw.close()


def translated(error: BaseException) -> BaseException:
    """A failure of the database as the error callers know; anything else as it is."""
    if isinstance(error, errors.DiskFull):
        known: BaseException = DiskFull("PostgreSQL's disk is full, nothing was stored: free some space")
    elif isinstance(error, DatabaseUnreachable) or _passes(error):
        known = DatabaseFailed(f"PostgreSQL failed: {' '.join(str(error).split())}")
    else:
        return error
    known.__cause__ = error
    return known


def _passes(error: BaseException) -> bool:
    """Whether the same unit of work may succeed later; psycopg counts limits of the program as operational, too."""
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:  # not told by the server: the line was cut
        return isinstance(error, _SESSION_LOST)
    return error.sqlstate[:2] in _PASSING_CLASSES or error.sqlstate in _PASSING
