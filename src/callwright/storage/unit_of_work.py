"""One transaction: implements usecases.ports.UnitOfWork over any table, and writes the revisions."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa

from callwright.model.actor import Actor
from callwright.model.record import Record
from callwright.model.sid import SidFactory
from callwright.storage.tables import TABLES, revisions
from callwright.usecases.ports import Condition, Job, RecordGone

R = TypeVar("R", bound=Record)

_SECRET_FIELDS = frozenset({"auth_token", "auth_token_sha256", "secret", "password"})
_REDACTED = "(secret)"
_DIGITS_ESCAPE = "!"


class Sids:
    """SIDs for units of work that run in several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._factory = SidFactory(lambda: datetime.now(UTC).timestamp(), secrets.token_bytes)

    def make(self, prefix: str) -> str:
        with self._lock:
            return self._factory.make(prefix)


class SqlUnitOfWork:
    """The unit of work on a SQLAlchemy connection that is inside a transaction."""

    def __init__(
        self, connection: sa.Connection, sids: Sids, enqueue: Callable[..., None], actor: Actor | None
    ) -> None:
        self.connection = connection
        self.now = datetime.now(UTC)
        self.has_jobs = False
        self._sids = sids
        self._enqueue = enqueue
        self._actor = actor
        self._group_id: str | None = None

    def new_sid(self, prefix: str) -> str:
        return self._sids.make(prefix)

    def get(self, record_type: type[R], sid: str, *, for_update: bool = False) -> R | None:
        # SQLite has one writer, so SQLAlchemy leaves FOR UPDATE out there.
        select = _select_for_update(record_type.table) if for_update else _select_by_sid(record_type.table)
        row = self.connection.execute(select, {"sid_": sid}).first()
        return None if row is None else _record(record_type, row)

    def find(self, record_type: type[R], *conditions: Condition) -> R | None:
        found = self.select(record_type, conditions, limit=1)
        return found[0] if found else None

    def select(
        self,
        record_type: type[R],
        conditions: Sequence[Condition] = (),
        *,
        limit: int,
        before_sid: str | None = None,
    ) -> list[R]:
        table = TABLES[record_type.table]
        query = sa.select(table).where(*_clauses(table, conditions)).order_by(table.c.sid.desc()).limit(limit)
        if before_sid is not None:
            query = query.where(table.c.sid < before_sid)
        return [_record(record_type, row) for row in self.connection.execute(query)]

    def count(self, record_type: type[R], conditions: Sequence[Condition] = ()) -> int:
        table = TABLES[record_type.table]
        query = sa.select(sa.func.count()).select_from(table).where(*_clauses(table, conditions))
        return int(self.connection.execute(query).scalar_one())

    def insert(self, record: R) -> R:
        stamped = record.model_copy(
            update={
                "date_created": record.date_created or self.now,
                "date_updated": self.now,
                "revision": 1 if record.history else 0,
            }
        )
        self.connection.execute(_insert(record.table), _values(stamped))
        self._revise("create", None, stamped)
        return stamped

    def update(self, record: R, changes: Mapping[str, Any]) -> R:
        stored = {**changes, "date_updated": self.now}
        if record.history:
            stored["revision"] = record.revision + 1
        table = TABLES[record.table]
        result = self.connection.execute(table.update().where(table.c.sid == record.sid), stored)
        if result.rowcount == 0:
            raise RecordGone(f"{record.sid} was deleted meanwhile")
        changed = record.model_copy(update=stored)
        self._revise("update", record, changed)
        return changed

    def delete(self, record: Record) -> None:
        table = TABLES[record.table]
        self.connection.execute(table.delete().where(table.c.sid == record.sid))
        self._revise("delete", record, None)

    def enqueue(self, job: Job, due: datetime | None = None) -> None:
        self._enqueue(self.connection, job, due or self.now)
        self.has_jobs = True

    def _revise(self, operation: str, before: Record | None, after: Record | None) -> None:
        record = after or before
        if record is None or not record.history:
            return
        if self._actor is None:
            raise RuntimeError(f"a reading unit of work tried to {operation} {record.sid}")
        self._group_id = self._group_id or secrets.token_hex(16)
        row = {
            "account_sid": record.account_sid,
            "resource": record.table,
            "sid": record.sid,
            "revision": record.revision + (operation == "delete"),
            "operation": operation,
            "group_id": self._group_id,
            "at": self.now,
            "credential": self._actor.credential,
            "address": self._actor.address,
            "user_agent": self._actor.user_agent,
            "reason": self._actor.reason,
            "before": _shown(before),
            "after": _shown(after),
        }
        self.connection.execute(_INSERT_REVISION, row)


_INSERT_REVISION = revisions.insert()


@lru_cache
def _insert(table: str) -> sa.Insert:
    return TABLES[table].insert()


@lru_cache
def _select_by_sid(table: str) -> sa.Select[Any]:
    return sa.select(TABLES[table]).where(TABLES[table].c.sid == sa.bindparam("sid_"))


@lru_cache
def _select_for_update(table: str) -> sa.Select[Any]:
    return _select_by_sid(table).with_for_update()


def _record(record_type: type[R], row: sa.Row[Any]) -> R:
    values: dict[str, Any] = dict(row._mapping)
    return record_type.model_construct(**values)


def _values(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in TABLES[record.table].columns.keys()}  # noqa: SIM118 - no dict


def _shown(record: Record | None) -> dict[str, Any] | None:
    """A record as JSON, its secrets replaced by a mark."""
    if record is None:
        return None
    values = _values(record)
    return {
        name: _REDACTED
        if name in _SECRET_FIELDS and value is not None
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in values.items()
    }


def _clauses(table: sa.Table, conditions: Sequence[Condition]) -> list[sa.ColumnElement[bool]]:
    return [_COMPARISONS[condition.comparison](table.c[condition.field], condition.value) for condition in conditions]


def _equal(column: Any, value: Any) -> Any:
    return column.is_(None) if value is None else column == value


def _digits(column: Any, value: str) -> Any:
    """Contains the digits; `*` stands for any one."""
    for special in (_DIGITS_ESCAPE, "%", "_"):
        value = value.replace(special, _DIGITS_ESCAPE + special)
    return column.like(f"%{value.replace('*', '_')}%", escape=_DIGITS_ESCAPE)


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": _equal,
    "ne": lambda column, value: sa.not_(_equal(column, value)),
    "lt": lambda column, value: column < value,
    "le": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "ge": lambda column, value: column >= value,
    "in": lambda column, value: column.in_(list(value)),
    "digits": _digits,
}
