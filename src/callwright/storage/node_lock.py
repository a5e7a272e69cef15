"""A server's name on a PostgreSQL that several share: whoever starts takes over what its name had under way.

Two servers of one name would each take the other's calls and messages for those of a run that died, and hand messages
over twice. So a server holds an advisory lock by its name, on a connection of its own that lives as long as it does.
SQLite needs none: the data directory has a lock.
"""

import contextlib
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import psycopg

from callwright.storage.engines.postgresql import connect_to_migrate
from callwright.storage.errors import CannotOpen, DatabaseUnreachable

log = logging.getLogger(__name__)

#: The session of a server that was killed may take a moment to end.
_WAIT_S = 4.0
_PAUSE_S = 0.1
_LOOK_EVERY_S = 2.0
#: A line that was cut without a word is noticed on our side, and then on PostgreSQL's, within about 20 s.
_LINE = {"keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_SETUP = ("SET tcp_keepalives_idle TO 5", "SET tcp_keepalives_interval TO 5", "SET tcp_keepalives_count TO 3")
_ME = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
#: What is left of our own last session, when PostgreSQL has not noticed that its line was cut.
_END_OLD = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"


class NodeTaken(CannotOpen):
    """Another server of this name runs on the database."""


class NodeLock:
    """Holds the name `node`. Made by `node_held`."""

    def __init__(self, conninfo: str, node: str) -> None:
        self._conninfo = conninfo
        self._node = node
        self._raw: psycopg.Connection[Any] | None = None
        self._session: tuple[int, datetime] | None = None
        self._is_over = threading.Event()
        self._was_lost = threading.Event()
        self._on_lost: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._watch, name="node lock", daemon=True)

    @property
    def is_lost(self) -> bool:
        """Whether another server has the name now: this one has to end."""
        return self._was_lost.is_set()

    def tell_when_lost(self, on_lost: Callable[[], None]) -> None:
        """Have it called once, in another thread, when the name has gone to another server."""
        self._on_lost = on_lost
        if self.is_lost:
            on_lost()

    def take(self) -> None:
        """Raises NodeTaken with cause and fix, DatabaseUnreachable."""
        self._connect()
        if not self._try_for(_WAIT_S):
            self._disconnect()
            raise NodeTaken(
                f"another server named {self._node} runs on this database: give each its own CALLWRIGHT_NODE, "
                "or stop the other one"
            )
        self._thread.start()

    def release(self) -> None:
        self._is_over.set()
        if self._thread.ident is not None:
            self._thread.join(_LOOK_EVERY_S)
        self._disconnect()

    def _connect(self) -> None:
        raw = connect_to_migrate(self._conninfo, **_LINE)
        try:
            raw.autocommit = True
            for command in _SETUP:
                raw.execute(command.encode())
            if self._session is not None:
                raw.execute(_END_OLD.encode(), self._session)
            self._session = raw.execute(_ME.encode()).fetchone()
        except BaseException:
            raw.close()
            raise
        self._raw = raw

    def _disconnect(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def _try_for(self, seconds: float) -> bool:
        """Whether the name is ours now. It is tried again for that long."""
        assert self._raw is not None  # noqa: S101 - connected by the callers
        deadline_s = time.monotonic() + seconds
        while True:
            row = self._raw.execute(b"SELECT pg_try_advisory_lock(%s)", (_key(self._node),)).fetchone()
            if row is not None and row[0]:
                return True
            if time.monotonic() >= deadline_s or self._is_over.wait(_PAUSE_S):
                return False

    # -- in its thread

    def _watch(self) -> None:
        while not self._is_over.wait(_LOOK_EVERY_S):
            try:
                is_ours = self._look()
            except (psycopg.Error, DatabaseUnreachable) as error:
                # Nothing can be claimed either while PostgreSQL is away.
                log.warning("the lock of node %s waits for PostgreSQL: %s", self._node, " ".join(str(error).split()))
                self._disconnect()
                continue
            if not is_ours:
                self._lose()
                return

    def _look(self) -> bool:
        """Whether the name is still ours, taken again if the connection was lost meanwhile."""
        if self._raw is not None:
            try:
                self._raw.execute(b"SELECT 1")
                return True
            except psycopg.Error:
                self._disconnect()
        self._connect()
        is_ours = self._try_for(_WAIT_S)
        if is_ours:
            log.warning("the connection that holds the lock of node %s was lost and made again", self._node)
        return is_ours or self._is_over.is_set()

    def _lose(self) -> None:
        log.error(
            "another server named %s has started on this database while the connection to it was lost: this one stops. "
            "Give each its own CALLWRIGHT_NODE.",
            self._node,
        )
        self._was_lost.set()
        self._on_lost()


def _key(node: str) -> int:
    """A number of 64 bits, as advisory locks have; apart from that of migrations in all likelihood."""
    return int.from_bytes(hashlib.sha256(f"callwright node {node}".encode()).digest()[:8], "big", signed=True)


@contextlib.contextmanager
def node_held(conninfo: str | None, node: str) -> Iterator[NodeLock | None]:
    """Hold the name while in here; None (and nothing held) without PostgreSQL. Raises as `NodeLock.take`."""
    if conninfo is None:
        yield None
        return
    lock = NodeLock(conninfo, node)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()
