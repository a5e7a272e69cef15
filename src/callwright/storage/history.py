"""Revisions: who changed which configuration record, when, from where, and what it was before and after."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from callwright.model.image import image
from callwright.model.record import Record
from callwright.model.revision import Revision, RevisionFilter
from callwright.storage.columns import Codecs, Moment, json_in, json_out, text_in
from callwright.storage.engine import Connection
from callwright.storage.revision_groups import RevisionGroups, Trail, printable
from callwright.storage.statements import Statement, dialect_of
from callwright.storage.tables import revisions

_ALL_COLUMNS = tuple(column.name for column in revisions.c)
_COLUMNS = [name for name in _ALL_COLUMNS if name != "id"]

#: Filters that leave few revisions: those are found by them, whatever their time.
_FEW = frozenset({"sid", "group_id", "id"})
#: What a revision is found at in the order of time.
_PLACE = ("before_at", "before_id")
_MOMENTS = frozenset({"since", "until", "before_at"})


class History:
    """Writes and reads revisions on one engine."""

    def __init__(self, dialect_name: str, codecs: Codecs) -> None:
        self.groups = RevisionGroups(dialect_name, codecs)
        self._dialect = dialect_of(dialect_name)
        self._moment_in = codecs.into[datetime]
        self._moment_out = codecs.out[datetime]
        insert = sa.insert(revisions).values({name: sa.bindparam(name) for name in _COLUMNS})
        self._insert = Statement(insert, self._dialect, _COLUMNS).sql
        moment_of = sa.select(revisions.c.at).where(revisions.c.id == sa.bindparam("id_"))
        self._moment_of = Statement(moment_of, self._dialect, ["id_"]).sql
        self._select = lru_cache(maxsize=None)(self._compile_select)

    def add(
        self, connection: Connection, trail: Trail, operation: str, before: Record | None, after: Record | None
    ) -> None:
        """Add the revision of one write; a creation has no `before`, a deletion no `after`.

        A record that was moved is in the history of both accounts.
        """
        sides = [record for record in (after, before) if record is not None]
        for account_sid in dict.fromkeys(record.account_sid for record in reversed(sides)):
            trail.count(account_sid, sides[0], operation)
            self._add(connection, trail, account_sid, operation, before, after)

    def _add(
        self,
        connection: Connection,
        trail: Trail,
        account_sid: str,
        operation: str,
        before: Record | None,
        after: Record | None,
    ) -> None:
        record = after or before
        if record is None:
            raise ValueError("a revision needs what was before, or after")
        row = (
            account_sid,
            record.table,
            record.sid,
            record.revision + (after is None),
            operation,
            *self.shared(trail).values(),
            None if before is None else json_in(image(before)),
            None if after is None else json_in(image(after, before)),
        )
        connection.run(self._insert, row)

    def shared(self, trail: Trail) -> dict[str, Any]:
        """The columns that all revisions of a unit of work have in common, as the driver takes them, in their order."""
        actor = trail.actor
        return {
            "group_id": trail.group_id,
            "at": self._moment_in(trail.at),
            "credential": actor.credential,
            "address": text_in(actor.address),
            "user_agent": printable(actor.user_agent),
            "reason": printable(actor.reason),
        }

    def read(self, connection: Connection, wanted: RevisionFilter, limit: int) -> list[Revision]:
        """Revisions newest first: in the order of their ids or, where an account's are looked through, of time."""
        given = {name: value for name, value in asdict(wanted).items() if value is not None}
        is_by_time = "account_sid" in given and not given.keys() & _FEW
        if is_by_time and "before_id" in given:
            rows = connection.query(self._moment_of, (given.pop("before_id"),))
            if not rows:
                return []
            given |= {"before_at": self._moment_out(rows[0][0]), "before_id": wanted.before_id}
        parameters = [self._moment_in(value) if isinstance(value, datetime) else value for value in given.values()]
        rows = connection.query(self._select(tuple(given), is_by_time), [*parameters, limit])
        return [self._revision(row) for row in rows]

    def _compile_select(self, filters: tuple[str, ...], is_by_time: bool) -> str:
        bound = {name: sa.bindparam(name, type_=Moment if name in _MOMENTS else None) for name in filters}
        clauses = [_CLAUSES[name](value) for name, value in bound.items() if name not in _PLACE]
        if "before_at" in bound:
            clauses.append(sa.tuple_(revisions.c.at, revisions.c.id) < sa.tuple_(*(bound[name] for name in _PLACE)))
        elif "before_id" in bound:
            clauses.append(revisions.c.id < bound["before_id"])
        order = (revisions.c.at.desc(), revisions.c.id.desc()) if is_by_time else (revisions.c.id.desc(),)
        select = sa.select(revisions).where(*clauses).order_by(*order)
        marker = "?" if self._dialect.name == "sqlite" else "%s"
        return Statement(select, self._dialect, filters).sql + f"\n LIMIT {marker}"

    def _revision(self, row: tuple[Any, ...]) -> Revision:
        values = dict(zip(_ALL_COLUMNS, row, strict=True))
        values["at"] = self._moment_out(values["at"])
        values["before"], values["after"] = json_out(values["before"]), json_out(values["after"])
        return Revision(**values)


_CLAUSES: dict[str, Callable[[Any], sa.ColumnElement[bool]]] = {
    "account_sid": lambda value: revisions.c.account_sid == value,
    "resource": lambda value: revisions.c.resource == value,
    "sid": lambda value: revisions.c.sid == value,
    "group_id": lambda value: revisions.c.group_id == value,
    "id": lambda value: revisions.c.id == value,
    "revision": lambda value: revisions.c.revision == value,
    "credential": lambda value: revisions.c.credential == value,
    "since": lambda value: revisions.c.at >= value,
    "until": lambda value: revisions.c.at < value,
}
