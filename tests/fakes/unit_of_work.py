"""Storage in memory: implements the UnitOfWork and Storage ports, rollback included."""

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from callwright.model.actor import SERVER, Actor
from callwright.model.image import image
from callwright.model.record import Record
from callwright.model.revision import GroupCount, GroupFilter, RevisionFilter, RevisionGroup
from callwright.model.revision import Revision as StoredRevision
from callwright.model.sid import SidFactory
from callwright.storage.columns import json_in, json_out
from callwright.usecases.ports import AnyOf, Condition, Job, RecordChanged, RecordGone, Wanted

R = TypeVar("R", bound=Record)
T = TypeVar("T")

START = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Revision:
    """One write to a configuration record; `before` is None for a creation, `after` for a deletion."""

    record_type: type[Record]
    sid: str
    before: Record | None
    after: Record | None
    actor: Actor | None
    id: int = 0
    group_id: str = ""
    at: datetime | None = None
    undoes: str | None = None
    account_sid: str = ""

    def as_stored(self) -> StoredRevision:
        """As a database answers it: images by name, moments as ISO text, secrets replaced by marks."""
        record = self.after or self.before
        assert record is not None
        assert self.at is not None
        actor = self.actor or SERVER
        before = None if self.before is None else image(self.before)
        after = None if self.after is None else image(self.after, self.before)
        return StoredRevision(
            id=self.id,
            account_sid=self.account_sid or record.account_sid,
            resource=record.table,
            sid=record.sid,
            revision=record.revision + (self.after is None),
            operation="create" if self.before is None else "delete" if self.after is None else "update",
            group_id=self.group_id,
            at=self.at,
            credential=actor.credential,
            address=actor.address,
            user_agent=actor.user_agent,
            reason=actor.reason,
            before=json_out(json_in(before)),
            after=json_out(json_in(after)),
        )


@dataclass
class Content:
    """What is stored. Rows by SID, for each record type."""

    rows: dict[type[Record], dict[str, Any]] = field(default_factory=dict)
    jobs: list[tuple[Job, datetime | None]] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)

    def copy(self) -> "Content":
        rows = {record_type: dict(table) for record_type, table in self.rows.items()}
        return Content(rows, list(self.jobs), list(self.revisions))


class FakeUnitOfWork:
    """One transaction on the content it is given."""

    def __init__(self, storage: "FakeStorage", content: Content, actor: Actor | None) -> None:
        self._storage = storage
        self._content = content
        self._actor = actor
        self._group_id: str | None = None
        self._undoes: str | None = None

    @property
    def group_id(self) -> str:
        if self._group_id is None:
            self._group_id = self.new_sid("RG")
        return self._group_id

    @property
    def now(self) -> datetime:
        return self._storage.now

    @property
    def is_serial(self) -> bool:
        return True

    def new_sid(self, prefix: str) -> str:
        return self._storage.sids.make(prefix)

    def _table(self, record_type: type[R]) -> dict[str, R]:
        return self._content.rows.setdefault(record_type, {})

    def get(self, record_type: type[R], sid: str, *, for_update: bool = False) -> R | None:
        return self._table(record_type).get(sid)

    def claim(self, record: Record) -> None:
        """One unit runs at a time: nothing can come in between."""

    def get_all(self, record_type: type[R], sids: Sequence[str]) -> dict[str, R]:
        found = {sid: self.get(record_type, sid) for sid in sids}
        return {sid: record for sid, record in found.items() if record is not None}

    def find(self, record_type: type[R], *conditions: Condition) -> R | None:
        return next(iter(self.select(record_type, conditions, limit=1)), None)

    def select(
        self,
        record_type: type[R],
        conditions: Sequence[Condition] = (),
        *,
        limit: int,
        before_sid: str | None = None,
        after_sid: str | None = None,
    ) -> list[R]:
        rows = [row for row in self._table(record_type).values() if all(_meets(row, one) for one in conditions)]
        newest_first = sorted(rows, key=_position, reverse=True)
        if before_sid is not None:
            newest_first = [row for row in newest_first if _position(row) < before_sid[2:]]
        if after_sid is not None:
            return [row for row in newest_first if _position(row) > after_sid[2:]][-limit:]
        return newest_first[:limit]

    def count(self, record_type: type[R], conditions: Sequence[Condition] = ()) -> int:
        return len(self.select(record_type, conditions, limit=10**9))

    def counts(
        self, record_type: type[R], field: str, values: Sequence[str], conditions: Sequence[Condition] = ()
    ) -> dict[str, int]:
        found = {value: self.count(record_type, [Condition(field, value), *conditions]) for value in values}
        return {value: count for value, count in found.items() if count}

    def newest(self, record_type: type[R], field: str, values: Sequence[str]) -> dict[str, R]:
        found = {value: self.find(record_type, Condition(field, value)) for value in values}
        return {value: record for value, record in found.items() if record is not None}

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
        own = self.select(record_type, [Condition("account_sid", account_sid)], limit=10**9, before_sid=before_sid)
        return [record for record in own if all(self._is_sought(record, one) for one in wanted)][:limit]

    def search_count(self, record_type: type[R], account_sid: str, wanted: Sequence[Wanted]) -> int:
        return len(self.search(record_type, account_sid, wanted, limit=10**9))

    def _is_sought(self, record: Record, wanted: Wanted) -> bool:
        if isinstance(wanted, AnyOf):
            return any(self._is_sought(record, one) for one in wanted.conditions)
        value = record.searched[wanted.field].work_out(record)
        if wanted.comparison == "gone":
            named = None if value is None else self.get(wanted.value, value)
            return value is not None and (named is None or named.account_sid != record.account_sid)
        return _compares(value, wanted)

    def revisions(self, wanted: RevisionFilter, *, limit: int) -> list[StoredRevision]:
        newest_first = [one.as_stored() for one in reversed(self._content.revisions)]
        return [one for one in newest_first if _is_wanted(one, wanted)][:limit]

    def revision_groups(self, wanted: GroupFilter, *, limit: int) -> list[RevisionGroup]:
        own = [one for one in self._content.revisions if one.as_stored().account_sid == wanted.account_sid]
        groups = [_group(own, group_id) for group_id in dict.fromkeys(one.group_id for one in reversed(own))]
        return [group for group in groups if _is_wanted_group(group, wanted)][:limit]

    def give_reason(self, reason: str, undoes: str | None = None) -> None:
        actor = self._actor or SERVER
        self._actor = replace(actor, reason=f"{reason}: {actor.reason}" if actor.reason else reason)
        self._undoes = undoes

    def insert(self, record: R) -> R:
        dates = {"date_created": record.date_created or self.now, "date_updated": self.now}
        revision = {"revision": record.revision + 1} if record.history else {}
        stored = record.model_copy(update=dates | revision)
        assert stored.sid not in self._table(type(record)), f"{stored.sid} exists already"
        position = getattr(stored, record.ordered_by)
        assert position in (stored.sid, stored.sid[2:]), "lists would not find it: set position_of(sid)"
        self._table(type(record))[stored.sid] = stored
        self._remember(None, stored)
        return stored

    def update(self, record: R, changes: Mapping[str, Any]) -> R:
        before = self.get(type(record), record.sid)
        if before is None:
            raise RecordGone(record.sid)
        unknown = set(changes) - set(record.columns())
        assert not unknown, f"no columns of {type(record).__name__}: {unknown}"
        revision = {"revision": before.revision + 1} if record.history else {}
        after = before.model_copy(update={**changes, "date_updated": self.now, **revision})
        self._table(type(record))[record.sid] = after
        self._remember(before, after)
        return after

    def update_all(self, records: Sequence[R], changes: Mapping[str, Any], *, as_read: bool = False) -> int:
        for record in records:
            after = self.update(record, changes)
            if as_read and after.revision != record.revision + 1:
                raise RecordChanged(record.sid)
        return len(records)

    def update_each(self, changes: Sequence[tuple[R, Mapping[str, Any]]], *, as_read: bool = False) -> int:
        return sum(self.update_all([record], new, as_read=as_read) for record, new in changes)

    def delete(self, record: Record) -> None:
        before = self._table(type(record)).pop(record.sid, None)
        if before is not None:
            self._remember(before, None)

    def enqueue(self, job: Job, due: datetime | None = None) -> None:
        self._content.jobs.append((job, due))

    def _remember(self, before: Record | None, after: Record | None) -> None:
        record = after or before
        if record is None or not record.history:
            return
        for account_sid in dict.fromkeys(one.account_sid for one in (before, after) if one is not None):
            number = len(self._content.revisions) + 1
            written = Revision(type(record), record.sid, before, after, self._actor, number, self.group_id, self.now)
            self._content.revisions.append(replace(written, undoes=self._undoes, account_sid=account_sid))


class FakeStorage:
    """Runs each function on a copy and keeps the copy when the function returns. `now` stands still."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now
        self.content = Content()
        self.sids = SidFactory(lambda: self.now.timestamp(), random.Random(1).randbytes)

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def read(self, work: Callable[[Any], T]) -> T:
        return self.read_sync(work)

    async def write(self, work: Callable[[Any], T], actor: Actor) -> T:
        return self.write_sync(work, actor)

    def read_sync(self, work: Callable[[Any], T]) -> T:
        return work(FakeUnitOfWork(self, self.content.copy(), None))

    def write_sync(self, work: Callable[[Any], T], actor: Actor | None = None) -> T:
        """Run it; any exception leaves the content as it was."""
        content = self.content.copy()
        result = work(FakeUnitOfWork(self, content, actor))
        self.content = content
        return result

    def put(self, *records: Record) -> None:
        """Store records as they are, dates and all, without revisions."""
        for record in records:
            self.content.rows.setdefault(type(record), {})[record.sid] = record

    def all(self, record_type: type[R]) -> list[R]:
        """Every row, oldest first."""
        return sorted(self.content.rows.get(record_type, {}).values(), key=_position)

    def one(self, record_type: type[R], sid: str) -> R:
        record: R = self.content.rows[record_type][sid]
        return record

    @property
    def jobs(self) -> list[Job]:
        return [job for job, _ in self.content.jobs]


def _position(record: Record) -> str:
    return record.sid[2:]


def _meets(record: Record, condition: Condition) -> bool:
    return _compares(getattr(record, condition.field), condition)


def _compares(stored: Any, condition: Condition) -> bool:
    wanted = condition.value
    if condition.comparison in ("eq", "ne"):
        return bool((stored == wanted) == (condition.comparison == "eq"))
    if stored is None:  # as in SQL: an unset column meets nothing else
        return False
    if condition.comparison == "in":
        return stored in wanted
    if condition.comparison == "contains":
        return wanted in stored
    if condition.comparison == "digits":
        return re.search(re.escape(wanted).replace(r"\*", r"\d"), stored) is not None
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "lt": lambda a, b: bool(a < b),
        "le": lambda a, b: bool(a <= b),
        "gt": lambda a, b: bool(a > b),
        "ge": lambda a, b: bool(a >= b),
    }
    return compare[condition.comparison](stored, wanted)


def _is_wanted(revision: StoredRevision, wanted: RevisionFilter) -> bool:
    same = ("account_sid", "resource", "sid", "group_id", "revision", "credential", "id")
    return (
        all(getattr(wanted, name) in (None, getattr(revision, name)) for name in same)
        and (wanted.since is None or revision.at >= wanted.since)
        and (wanted.until is None or revision.at < wanted.until)
        and (wanted.before_id is None or revision.id < wanted.before_id)
    )


def _group(own: list[Revision], group_id: str) -> RevisionGroup:
    """A group of an account's revisions; `undone_by` newest first."""
    written = [one for one in own if one.group_id == group_id]
    first = written[0].as_stored()
    counts = Counter((one.as_stored().resource, one.as_stored().operation) for one in written)
    undoing = dict.fromkeys(one.group_id for one in reversed(own) if one.undoes == group_id)
    return RevisionGroup(
        group_id=group_id,
        account_sid=first.account_sid,
        at=first.at,
        credential=first.credential,
        address=first.address,
        user_agent=first.user_agent,
        reason=first.reason,
        undoes=written[0].undoes,
        undone_by=list(undoing),
        counts=[GroupCount(*key, count) for key, count in sorted(counts.items())],
    )


def _is_wanted_group(group: RevisionGroup, wanted: GroupFilter) -> bool:
    return (
        all(getattr(wanted, name) in (None, getattr(group, name)) for name in ("group_id", "credential"))
        and (wanted.since is None or group.at >= wanted.since)
        and (wanted.until is None or group.at < wanted.until)
        and (wanted.before_group is None or group.group_id < wanted.before_group)
    )
