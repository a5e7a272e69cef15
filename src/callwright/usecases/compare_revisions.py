"""What a record was after one of its revisions, against what it was after another, or is now."""

from dataclasses import dataclass

from callwright.model.difference import Change, difference
from callwright.model.errors import InvalidParameter
from callwright.model.image import image
from callwright.model.record import RECORDS, Record
from callwright.model.resources.account import Account
from callwright.model.revision import Revision
from callwright.usecases.changed_secrets import changed_secrets, with_marks
from callwright.usecases.own_image import Image, own_image
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.roll_back import own_revision


@dataclass(frozen=True)
class Comparison:
    """`to_id` is None when the record as it is now was compared; `current` is its revision (None: it is gone)."""

    revision: Revision
    to_id: int | None
    current: int | None
    changes: list[Change]


def compare_revisions(unit: UnitOfWork, account: Account, revision_id: int, to_id: int | None) -> Comparison:
    """What differs between the states after two revisions of one record; None means as it is now.

    Raises NotFound, and InvalidParameter for revisions of different records.
    """
    revision = own_revision(unit, account, revision_id)
    record = unit.get(RECORDS[revision.resource], revision.sid)
    if record is not None and record.account_sid != account.sid:
        record = None
    current = record.revision if record is not None else None
    if to_id is None:
        changes = changes_since(unit, revision, record)
        return Comparison(revision, None, current, changes)
    other = own_revision(unit, account, to_id)
    if other.sid != revision.sid:
        raise InvalidParameter(
            f"Revision {to_id} is one of {other.sid}, revision {revision_id} of {revision.sid}: "
            "give two of the same record."
        )
    first, last = sorted((revision_id, to_id))
    then = own_image(other.after, account.sid)
    changes = _compared(unit, revision, own_image(revision.after, account.sid), then, first, last)
    return Comparison(revision, to_id, current, changes)


def changes_since(unit: UnitOfWork, revision: Revision, record: Record | None) -> list[Change]:
    """What differs between the record after that revision and as it is now (None: it is gone)."""
    now = image(record) if record is not None else None
    return _compared(unit, revision, own_image(revision.after, revision.account_sid), now, revision.id, None)


def _compared(
    unit: UnitOfWork, revision: Revision, before: Image, after: Image, first: int, last: int | None
) -> list[Change]:
    return difference(before, with_marks(after, changed_secrets(unit, revision, first, last)))
