"""One transaction: implements usecases.ports.UnitOfWork over any record type, and writes the revisions."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from callwright.model.actor import Actor
from callwright.model.event import MOST_TOLD_ONE_BY_ONE, Commit, RecordChange, is_told
from callwright.model.record import Record
from callwright.model.revision import GroupFilter, Revision, RevisionFilter, RevisionGroup
from callwright.model.sid import SidFactory, is_sid
from callwright.storage.bulk_update import BulkUpdates, Change, Changes, can_update_all
from callwright.storage.engine import Connection
from callwright.storage.history import History
from callwright.storage.jobs import JobQueue
from callwright.storage.revision_groups import Trail
from callwright.storage.search import Searches
from callwright.storage.statements import Cursor, RecordStatements, Statements
from callwright.usecases.ports import Condition, Job, RecordChanged, RecordExists, RecordGone, UnstorableValue, Wanted

R = TypeVar("R", bound=Record)

#: Up to so many records are updated one by one.
_FEW = 5


class Sids:
    """SIDs for units of work that run in several threads."""

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._lock = Lock()
        self._factory = SidFactory(now_s, secrets.token_bytes)

    def make(self, prefix: str) -> str:
        with self._lock:
            return self._factory.make(prefix)


@dataclass(frozen=True)
class Tools:
    """What all units of work of a database share."""

    statements: Statements
    history: History
    bulk_updates: BulkUpdates
    searches: Searches
    queue: JobQueue
    sids: Sids
    now: Callable[[], datetime]
    #: Whether anybody observes the commits.
    tells: bool = False


class SqlUnitOfWork:
    """The unit of work on a connection that is inside a transaction. Without an actor it only reads."""

    def __init__(self, connection: Connection, tools: Tools, actor: Actor | None) -> None:
        self.now = tools.now()
        self.has_jobs = False
        #: Tables written to: who listens to one is told after the commit.
        self.changed: set[str] = set()
        #: Writes that live streams may tell of, in order.
        self.told: list[RecordChange] = []
        self._connection = connection
        self._tools = tools
        self._actor = actor
        self._trail: Trail | None = None
        self._claimed: set[str] = set()

    @property
    def group_id(self) -> str:
        return self._trail_of("this unit of work").group_id

    @property
    def is_serial(self) -> bool:
        return self._tools.statements.dialect_name == "sqlite"

    def new_sid(self, prefix: str) -> str:
        return self._tools.sids.make(prefix)

    def get(self, record_type: type[R], sid: str, *, for_update: bool = False) -> R | None:
        statements = self._tools.statements.of(record_type)
        sql = statements.get_for_update if for_update else statements.get
        try:
            rows = self._connection.query(sql, (statements.encode("sid", sid),))
        except UnstorableValue:
            return None
        return statements.record(rows[0]) if rows else None

    def claim(self, record: Record) -> None:
        """As the port says. A lock of the row would not do: with its old snapshot, the other would delete it later on.

        SQLite, with one writer, needs none.
        """
        statements = self._tools.statements.of(type(record))
        if self._actor is None or statements.dialect_name == "sqlite" or record.sid in self._claimed:
            return
        self._claimed.add(record.sid)
        self._connection.run(statements.touch, (record.sid,))

    def get_all(self, record_type: type[R], sids: Sequence[str]) -> dict[str, R]:
        statements = self._tools.statements.of(record_type)
        wanted = [sid for sid in dict.fromkeys(sids) if is_sid(sid)]  # what is none is not there
        records = map(statements.record, statements.rows_of(self._connection, wanted)) if wanted else ()
        return {record.sid: record for record in records}

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
        after_sid: str | None = None,
    ) -> list[R]:
        statements = self._tools.statements.of(record_type)
        shapes, values = statements.conditions(conditions)
        cursor: Cursor = None
        if before_sid is not None or after_sid is not None:
            cursor = "after" if after_sid is not None else "before"
            values.append(statements.cursor(after_sid or before_sid or ""))
        rows = self._connection.query(statements.select(shapes, cursor), (*values, limit))
        return [statements.record(row) for row in (reversed(rows) if cursor == "after" else rows)]

    def count(self, record_type: type[R], conditions: Sequence[Condition] = ()) -> int:
        statements = self._tools.statements.of(record_type)
        shapes, values = statements.conditions(conditions)
        return int(self._connection.query(statements.count(shapes), values)[0][0])

    def counts(
        self, record_type: type[R], field: str, values: Sequence[str], conditions: Sequence[Condition] = ()
    ) -> dict[str, int]:
        wanted = tuple(dict.fromkeys(values))
        if not wanted:
            return {}
        statements = self._tools.statements.of(record_type)
        shapes, others = statements.conditions(conditions)
        encoded = [statements.encode(field, value) for value in wanted]
        rows = self._connection.query(statements.counts(field, len(wanted), shapes), [*others, *encoded])
        return {value: int(count) for value, count in rows if count}

    def newest(self, record_type: type[R], field: str, values: Sequence[str]) -> dict[str, R]:
        wanted = tuple(dict.fromkeys(values))
        if not wanted:
            return {}
        statements = self._tools.statements.of(record_type)
        encoded = [statements.encode(field, value) for value in wanted]
        rows = self._connection.query(statements.newest(field, len(wanted)), encoded)
        records: list[R] = [statements.record(row) for row in rows]
        return {getattr(record, field): record for record in records}

    def insert(self, record: R) -> R:
        """As the port says; raises RecordExists for a SID or unique value that is there already."""
        self._writes(f"insert {record.sid}")
        stored = record.model_copy(
            update={
                "date_created": record.date_created or self.now,
                "date_updated": self.now,
                "revision": record.revision + 1 if record.history else 0,
            }
        )
        statements = self._tools.statements.of(type(record))
        self.changed.add(record.table)
        if not self._connection.run(statements.insert, statements.parameters(stored)):
            raise RecordExists(f"{record.sid} or one of its unique values exists already in {record.table}")
        self._tell(None, stored)
        self._revise("create", None, stored)
        return stored

    def update(self, record: R, changes: Mapping[str, Any]) -> R:
        """As the port says; also what others changed meanwhile is in the answered record."""
        self._writes(f"update {record.sid}")
        statements = self._tools.statements.of(type(record))
        self.changed.add(record.table)
        before = self.get(type(record), record.sid) if record.history else None
        rows = self._connection.query(*self._update_of(statements, record, changes))
        if not rows:
            raise RecordGone(f"{record.sid} was deleted meanwhile")
        after: R = statements.record(rows[0])
        self._tell(before or record, after)
        self._revise("update", before, after)
        return after

    def update_all(self, records: Sequence[R], changes: Mapping[str, Any], *, as_read: bool = False) -> int:
        return self._update_alike([(record, changes) for record in records], as_read)

    def update_each(self, changes: Sequence[tuple[R, Mapping[str, Any]]], *, as_read: bool = False) -> int:
        by_columns: dict[frozenset[str], list[tuple[R, Mapping[str, Any]]]] = {}
        for one in changes:
            by_columns.setdefault(frozenset(one[1]), []).append(one)
        return sum(self._update_alike(same, as_read) for same in by_columns.values())

    def _update_alike(self, changes: Sequence[tuple[R, Mapping[str, Any]]], as_read: bool) -> int:
        """Changes of the same columns: many by statements for all of them, few one by one."""
        is_bulk = len(changes) > _FEW and not changes[0][1].keys() & {"sid", "account_sid"}
        if is_bulk and can_update_all([record for record, _ in changes]):
            self._update_many(changes, as_read)
            return len(changes)
        for record, new in changes:
            after = self.update(record, new)
            if as_read and after.revision != record.revision + 1:
                raise RecordChanged(f"{record.sid} was changed meanwhile")
        return len(changes)

    def _update_many(self, changes: Sequence[tuple[R, Mapping[str, Any]]], as_read: bool) -> None:
        """Records of one type, each once, that get values in the same columns."""
        records = self._to_update([record for record, _ in changes], as_read)
        statements, bulk = self._tools.statements.of(type(records[0])), self._tools.bulk_updates
        trail = self._trail_of(f"update {len(records)} {records[0].table}")
        self.changed.add(records[0].table)
        for account_sid, how_many in Counter(record.account_sid for record in records).items():
            trail.count(account_sid, records[0], "update", how_many)
        first, shared = changes[0][1], self._tools.history.shared(trail)
        new = [self._new_columns(first)] * len(records)
        if all(values is first or values == first for _, values in changes):
            sids = [record.sid for record in records]
            change = Change.of(statements, new[0])
            bulk.revise(self._connection, shared, change, sids)
            bulk.update(self._connection, change, sids)
            self._tools.searches.keep_all(self._connection, records, new[0])
        else:
            new = [self._new_columns(values) for _, values in changes]
            each = Changes.of(statements, [(one.sid, values) for one, values in zip(records, new, strict=True)])
            bulk.revise_each(self._connection, shared, each)
            bulk.update_each(self._connection, each)
            self._tools.searches.keep_each(self._connection, records, each.fields)
        for record, values in zip(records, new, strict=True) if self._tools.tells else ():
            self._tell(record, statements.changed(record, {**values, "revision": record.revision + 1}))

    def _to_update(self, records: list[R], as_read: bool) -> list[R]:
        """The records as they are stored now; wholly, where an event will tell of each."""
        statements, table = self._tools.statements.of(type(records[0])), records[0].table
        sids = [record.sid for record in records]
        if self._tools.bulk_updates.are_as_read(self._connection, records):
            is_told = self._tools.tells and len(records) <= MOST_TOLD_ONE_BY_ONE
            if not is_told or all(statements.is_whole(record) for record in records):
                return records
        elif as_read:
            raise RecordChanged(f"some of {len(sids)} {table} were changed meanwhile")
        stored = self.get_all(type(records[0]), sids)
        if len(stored) < len(sids):
            raise RecordGone(f"{len(sids) - len(stored)} of {len(sids)} {table} were deleted meanwhile")
        return [stored[sid] for sid in sids]

    def _new_columns(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """What is stored of changes. The revision is storage's own to count."""
        return {name: value for name, value in changes.items() if name != "revision"} | {"date_updated": self.now}

    def _update_of(
        self, statements: RecordStatements, record: Record, changes: Mapping[str, Any]
    ) -> tuple[str, list[Any]]:
        """SQL and parameters that store the changes."""
        new = self._new_columns(changes)
        if new.get("sid", record.sid) != record.sid:
            raise ValueError(f"the SID of {record.sid} cannot change")
        parameters = [statements.encode(name, value) for name, value in new.items()]
        return statements.update(tuple(new)), [*parameters, record.sid]

    def delete(self, record: Record) -> None:
        """Delete the row; nothing happens (and no revision is added) when it is gone already."""
        self._writes(f"delete {record.sid}")
        statements = self._tools.statements.of(type(record))
        self.changed.add(record.table)
        rows = self._connection.query(statements.delete, (record.sid,))
        if rows:
            deleted = statements.record(rows[0])
            self._tell(deleted, None)
            self._revise("delete", deleted, None)

    def enqueue(self, job: Job, due: datetime | None = None) -> None:
        self._writes(f"enqueue {job.name}")
        self._tools.queue.enqueue(self._connection, job, due, self.now)
        self.has_jobs = True

    def search(
        self,
        record_type: type[R],
        account_sid: str,
        wanted: Sequence[Wanted],
        *,
        limit: int,
        before_sid: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[R]:
        searches = self._tools.searches
        return searches.read(self._connection, record_type, account_sid, wanted, limit, before_sid, fields)

    def search_count(self, record_type: type[R], account_sid: str, wanted: Sequence[Wanted]) -> int:
        return self._tools.searches.count(self._connection, record_type, account_sid, wanted)

    def revisions(self, wanted: RevisionFilter, *, limit: int) -> list[Revision]:
        return self._tools.history.read(self._connection, wanted, limit)

    def revision_groups(self, wanted: GroupFilter, *, limit: int) -> list[RevisionGroup]:
        return self._tools.history.groups.read(self._connection, wanted, limit)

    def give_reason(self, reason: str, undoes: str | None = None) -> None:
        actor = self._writes("give a reason")
        given = f"{reason}: {actor.reason}" if actor.reason else reason
        self._actor = replace(actor, reason=given)
        self._trail = replace(self._trail_of("give a reason"), actor=self._actor, undoes=undoes)

    def _writes(self, what: str) -> Actor:
        if self._actor is None:
            raise RuntimeError(f"a unit of work that only reads tried to {what}")
        return self._actor

    def finish(self) -> None:
        """Keep what is known only when all has been written: the group of its revisions."""
        if self._trail is not None:
            self._tools.history.groups.close(self._connection, self._trail)

    def commit(self) -> Commit | None:
        """What is to be told of this unit once it is committed; None when that is nothing."""
        if not self.told or self._actor is None:
            return None
        return Commit(self.told, self._actor, self._trail.group_id if self._trail else None, self.now)

    def _tell(self, before: Record | None, after: Record | None) -> None:
        change = RecordChange(before, after)
        if self._tools.tells and is_told(type(change.record)):
            self.told.append(change)

    def _revise(self, operation: str, before: Record | None, after: Record | None) -> None:
        record = after or before
        if record is None or not record.history:
            return
        self._tools.searches.keep(self._connection, before, after)
        self._tools.history.add(self._connection, self._trail_of(operation), operation, before, after)

    def _trail_of(self, what: str) -> Trail:
        if self._trail is None:
            self._trail = Trail(self._writes(what), self.new_sid("RG"), self.now)
        return self._trail
