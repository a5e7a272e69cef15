"""What a configuration file manages of an account, and how it left it."""

from datetime import datetime
from typing import Any, ClassVar

from callwright.model.record import Record

#: Its SIDs are the account's with this prefix: an account has one at most.
PREFIX = "CF"


class AppliedConfiguration(Record):
    """What the last application of a configuration left, one for each account.

    `managed` has, by section of the document (`numbers`) and SID, the revision that each record had then and when it
    was last written (a record that was deleted and made again counts its revisions anew).
    """

    table: ClassVar[str] = "applied_configurations"

    managed: dict[str, Any] = {}
    #: The revision group of the application that last changed something.
    group_id: str | None = None


def mark_of(revision: int, date_updated: datetime | None) -> list[Any]:
    """How a record's state is remembered; equal for the same write and no other."""
    return [revision, date_updated.isoformat() if date_updated else None]
