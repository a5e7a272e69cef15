"""Groups of revisions: who wrote what a unit of work changed, when and why, and what took it back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from callwright.model.actor import Actor
from callwright.model.record import Record
from callwright.model.revision import GroupCount, GroupFilter, RevisionGroup
from callwright.storage.columns import Codecs, Moment, json_in, json_out, text_in
from callwright.storage.engine import Connection
from callwright.storage.statements import Statement, dialect_of
from callwright.storage.tables import revision_groups

_LONGEST_TEXT = 500
_COLUMNS = [column.name for column in revision_groups.c]
_PLACE = ("before_at", "before_group")
_MOMENTS = frozenset({"since", "until", "before_at"})


@dataclass(frozen=True)
class Trail:
    """Who writes, when, the id shared by all writes of the unit of work, and the group that they take back.

    `counts`: how many revisions were written, by account, resource and operation.
    """

    actor: Actor
    group_id: str
    at: datetime
    undoes: str | None = None
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def count(self, account_sid: str, record: Record, operation: str, how_many: int = 1) -> None:
        """Revisions of one record type that are written now."""
        self.counts[account_sid, record.table, operation] += how_many


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
        self._undoing = lru_cache(maxsize=None)(self._compile_undoing)

    def close(self, connection: Connection, trail: Trail) -> None:
        """Keep the group of a unit of work that has written its revisions: a row for each account."""
        for account_sid in dict.fromkeys(account_sid for account_sid, _, _ in trail.counts):
            counts = sorted((*what, count) for (owner, *what), count in trail.counts.items() if owner == account_sid)
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
                json_in(counts),
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
        undoing = self._undoing_of(connection, wanted.account_sid, [group["group_id"] for group in found])
        return [self._group(group, undoing) for group in found]

    def _group(self, columns: dict[str, Any], undoing: dict[str, list[str]]) -> RevisionGroup:
        columns["at"] = self._moment_out(columns["at"])
        columns["counts"] = [GroupCount(*count) for count in json_out(columns["counts"])]
        return RevisionGroup(**columns, undone_by=undoing.get(columns["group_id"], []))

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

    def _compile_undoing(self, how_many: int) -> str:
        names = [f"group_{number}" for number in range(how_many)]
        column = revision_groups.c
        is_own = column.account_sid == sa.bindparam("account_sid_")
        is_wanted = column.undoes.in_([sa.bindparam(name) for name in names])
        select = sa.select(column.undoes, column.group_id).where(is_own, is_wanted, column.undoes.is_not(None))
        return Statement(select.order_by(column.group_id.desc()), self._dialect, ["account_sid_", *names]).sql
