"""Refuse a change that was made from an older state than the stored one: lost updates are told, not made."""

from typing import Any

from callwright.model.errors import ApiError
from callwright.model.record import Record
from callwright.model.revision import RevisionFilter
from callwright.usecases.compare_revisions import changes_since
from callwright.usecases.ports import UnitOfWork


class RevisionMismatch(ApiError):
    """The resource has changed since that revision: fetch it, apply your change to it, and send its ETag."""

    code = 20412
    status = 412


def expect_revision(unit: UnitOfWork, record: Record, expected: int | None) -> None:
    """Raises RevisionMismatch unless the record is at that revision (None: any will do).

    Its details: `revision` is the current one, `difference` the fields that differ between both. That is empty where
    the expected revision is not known, or where everything was put back since.
    """
    if expected is None or record.revision == expected:
        return
    details = {"revision": record.revision, "difference": _since(unit, record, expected)}
    raise RevisionMismatch(
        f"{record.sid} is at revision {record.revision}, not at {expected}: fetch it, apply your change to what it is "
        "now, and send If-Match with the new revision (or without, to overwrite).",
        details,
    )


def _since(unit: UnitOfWork, record: Record, expected: int) -> list[dict[str, Any]]:
    wanted = RevisionFilter(resource=record.table, sid=record.sid, account_sid=record.account_sid, revision=expected)
    known = unit.revisions(wanted, limit=1)
    if not known or known[0].after is None:
        return []
    changes = changes_since(unit, known[0], record)
    return [{"field": one.field, "expected": one.before, "current": one.after} for one in changes]
