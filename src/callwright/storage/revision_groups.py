"""Groups of revisions: who wrote what a unit of work changed, when and why, and what took it back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from callwright.model.actor import Actor
from callwright.model.revision import GroupCount, GroupFilter, RevisionGroup
from callwright.storage.columns import Codecs, Moment, text_in
from callwright.storage.engine import Connection
from callwright.storage.statements import Statement, dialect_of
from callwright.storage.tables import revision_groups, revisions

_LONGEST_TEXT = 500
_COLUMNS = [column.name for column in revision_groups.c]
_PLACE = ("before_at", "before_group")
_MOMENTS = frozenset({"since", "until", "before_at"})


@dataclass(frozen=True)
class Trail:
    """Who writes, when, the id shared by all writes of the unit of work, and the group that they take back.

    `opened` are the accounts that the group has a row for already.
    """

    actor: Actor
    group_id: str
    at: datetime
    undoes: str | None = None
    opened: set[str] = field(default_factory=set)


def printable(text: str | None) -> str | None:
    """Text that a client chose (User-Agent) must not be what keeps its request from being stored."""
    if text is None:
        return None
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:_LONGEST_TEXT]


class RevisionGroups:
    """Writes and reads groups on one engine."""

    def __init__(self, dialect_name: str, codecs: Codecs) -> None:
        self._dialect = dialect_of(dialect_name)
        self._moment_in = codecs.into[datetime]
        self._moment_out = codecs.out[datetime]
        insert = sa.insert(revision_groups).values({name: sa.bindparam(name) for name in _COLUMNS})
        self._insert = Statement(insert, self._dialect, _COLUMNS).sql
        key = [revision_groups.c.account_sid == sa.bindparam("account_sid_")]
        key.append(revision_groups.c.group_id == sa.bindparam("group_id_"))
        moment_of = sa.select(revision_groups.c.at).where(*key)
        self._moment_of = Statement(moment_of, self._dialect, ["account_sid_", "group_id_"]).sql
        self._select = lru_cache(maxsize=None)(self._compile_select)
        self._counts = lru_cache(maxsize=None)(self._compile_counts)
        self._undoing = lru_cache(maxsize=None)(self._compile_undoing)

    def open(self, connection: Connection, trail: Trail, account_sid: str) -> None:
        """Have a row for the group of the trail and that account: before its first revision is written."""
        if account_sid in trail.opened:
            return
        trail.opened.add(account_sid)
        actor = trail.actor
        row = (
            account_sid,
            trail.group_id,
            self._moment_in(trail.at),
            actor.credential,
            text_in(actor.address),
            printable(actor.user_agent),
            printable(actor.reason),
            trail.undoes,
        )
        connection.run(self._insert, row)

    def read(self, connection: Connection, wanted: GroupFilter, limit: int) -> list[RevisionGroup]:
        """Groups newest first, with what is in them."""
        given = {name: value for name, value in asdict(wanted).items() if value is not None}
        if "before_group" in given:
            rows = connection.query(self._moment_of, (wanted.account_sid, given.pop("before_group")))
            if not rows:
                return []
            given |= {"before_at": self._moment_out(rows[0][0]), "before_group": wanted.before_group}
        parameters = [self._moment_in(value) if isinstance(value, datetime) else value for value in given.values()]
        rows = connection.query(self._select(tuple(given)), [*parameters, limit])
        found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        counts = self._counts_of(connection, wanted.account_sid, [group["group_id"] for group in found])
        undoing = self._undoing_of(connection, wanted.account_sid, [group["group_id"] for group in found])
        return [self._group(group, counts, undoing) for group in found]

    def _group(
        self, columns: dict[str, Any], counts: dict[str, list[GroupCount]], undoing: dict[str, list[str]]
    ) -> RevisionGroup:
        columns["at"] = self._moment_out(columns["at"])
        group_id = columns["group_id"]
        return RevisionGroup(**columns, counts=counts.get(group_id, []), undone_by=undoing.get(group_id, []))

    def _counts_of(
        self, connection: Connection, account_sid: str, group_ids: Sequence[str]
    ) -> dict[str, list[GroupCount]]:
        found: dict[str, list[GroupCount]] = {}
        if group_ids:
            for group_id, *row in connection.query(self._counts(len(group_ids)), [account_sid, *group_ids]):
                found.setdefault(group_id, []).append(GroupCount(*row))
        return found

    def _undoing_of(self, connection: Connection, account_sid: str, group_ids: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        if group_ids:
            for undone, group_id in connection.query(self._undoing(len(group_ids)), [account_sid, *group_ids]):
                found.setdefault(undone, []).append(group_id)
        return found

    def _compile_select(self, filters: tuple[str, ...]) -> str:
        column = revision_groups.c
        bound = {name: sa.bindparam(name, type_=Moment if name in _MOMENTS else None) for name in filters}
        clauses: list[sa.ColumnElement[bool]] = []
        for name, value in bound.items():
            if name in _PLACE:
                continue
            if name in _MOMENTS:
                clauses.append(column.at >= value if name == "since" else column.at < value)
            else:
                clauses.append(column[name] == value)
        if "before_at" in bound:
            clauses.append(sa.tuple_(column.at, column.group_id) < sa.tuple_(*(bound[name] for name in _PLACE)))
        select = sa.select(*column).where(*clauses).order_by(column.at.desc(), column.group_id.desc())
        marker = "?" if self._dialect.name == "sqlite" else "%s"
        return Statement(select, self._dialect, filters).sql + f"\n LIMIT {marker}"

    def _compile_counts(self, how_many: int) -> str:
        names = [f"group_{number}" for number in range(how_many)]
        what = (revisions.c.group_id, revisions.c.resource, revisions.c.operation)
        is_own = revisions.c.account_sid == sa.bindparam("account_sid_")
        is_wanted = revisions.c.group_id.in_([sa.bindparam(name) for name in names])
        select = sa.select(*what, sa.func.count()).where(is_own, is_wanted).group_by(*what).order_by(*what)
        return Statement(select, self._dialect, ["account_sid_", *names]).sql

    def _compile_undoing(self, how_many: int) -> str:
        names = [f"group_{number}" for number in range(how_many)]
        column = revision_groups.c
        is_own = column.account_sid == sa.bindparam("account_sid_")
        is_wanted = column.undoes.in_([sa.bindparam(name) for name in names])
        select = sa.select(column.undoes, column.group_id).where(is_own, is_wanted, column.undoes.is_not(None))
        return Statement(select.order_by(column.group_id.desc()), self._dialect, ["account_sid_", *names]).sql
