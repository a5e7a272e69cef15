"""Revisions: who changed which configuration record, when, from where, and what it was before and after."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from callwright.model.actor import Actor
from callwright.model.image import image
from callwright.model.record import Record
from callwright.model.revision import Revision, RevisionFilter
from callwright.storage.columns import Codecs, json_in, json_out, text_in
from callwright.storage.engine import Connection
from callwright.storage.statements import Statement, dialect_of
from callwright.storage.tables import revisions

_LONGEST_TEXT = 500
_COLUMNS = [column.name for column in revisions.c if column.name != "id"]


@dataclass(frozen=True)
class Trail:
    """Who writes, when, and the id shared by all writes of the unit of work."""

    actor: Actor
    group_id: str
    at: datetime


def _printable(text: str | None) -> str | None:
    """Text that a client chose (User-Agent) must not be what keeps its request from being stored."""
    if text is None:
        return None
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:_LONGEST_TEXT]


class History:
    """Writes and reads revisions on one engine."""

    def __init__(self, dialect_name: str, codecs: Codecs) -> None:
        self._dialect = dialect_of(dialect_name)
        self._moment_in = codecs.into[datetime]
        self._moment_out = codecs.out[datetime]
        insert = sa.insert(revisions).values({name: sa.bindparam(name) for name in _COLUMNS})
        self._insert = Statement(insert, self._dialect, _COLUMNS).sql
        self._select = lru_cache(maxsize=None)(self._compile_select)

    def add(
        self, connection: Connection, trail: "Trail", operation: str, before: Record | None, after: Record | None
    ) -> None:
        """Add the revision of one write; a creation has no `before`, a deletion no `after`."""
        record = after or before
        if record is None:
            raise ValueError("a revision needs what was before, or after")
        actor = trail.actor
        row = (
            record.account_sid,
            record.table,
            record.sid,
            record.revision + (after is None),
            operation,
            trail.group_id,
            self._moment_in(trail.at),
            actor.credential,
            text_in(actor.address),
            _printable(actor.user_agent),
            _printable(actor.reason),
            None if before is None else json_in(image(before)),
            None if after is None else json_in(image(after, before)),
        )
        connection.run(self._insert, row)

    def read(self, connection: Connection, wanted: RevisionFilter, limit: int) -> list[Revision]:
        """Revisions newest first."""
        given = {name: value for name, value in asdict(wanted).items() if value is not None}
        parameters = [self._moment_in(value) if isinstance(value, datetime) else value for value in given.values()]
        rows = connection.query(self._select(tuple(given)), [*parameters, limit])
        return [self._revision(row) for row in rows]

    def _compile_select(self, filters: tuple[str, ...]) -> str:
        clauses = [_CLAUSES[name](sa.bindparam(name)) for name in filters]
        select = sa.select(revisions).where(*clauses).order_by(revisions.c.id.desc())
        marker = "?" if self._dialect.name == "sqlite" else "%s"
        return Statement(select, self._dialect, filters).sql + f"\n LIMIT {marker}"

    def _revision(self, row: tuple[Any, ...]) -> Revision:
        values = dict(zip(revisions.c.keys(), row, strict=True))
        values["at"] = self._moment_out(values["at"])
        values["before"], values["after"] = json_out(values["before"]), json_out(values["after"])
        return Revision(**values)


_CLAUSES: dict[str, Callable[[Any], sa.ColumnElement[bool]]] = {
    "account_sid": lambda value: revisions.c.account_sid == value,
    "resource": lambda value: revisions.c.resource == value,
    "sid": lambda value: revisions.c.sid == value,
    "group_id": lambda value: revisions.c.group_id == value,
    "revision": lambda value: revisions.c.revision == value,
    "credential": lambda value: revisions.c.credential == value,
    "since": lambda value: revisions.c.at >= value,
    "until": lambda value: revisions.c.at < value,
    "before_id": lambda value: revisions.c.id < value,
}
