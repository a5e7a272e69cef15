"""Submissions: what a carrier acknowledged of a message, one row for each part, so that receipts find it."""

from typing import Annotated, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record


class Submission(Record):
    """One part of a message at a carrier (SID prefix SB). `status` is sent, delivered, undelivered or failed."""

    table: ClassVar[str] = "submissions"

    account_sid: str  # not indexed: nothing looks it up, and every message pays for an index
    message_sid: Annotated[str, Indexed()]
    carrier_sid: str
    #: The carrier's identifier of it, as its receipts will name it.
    carrier_message_id: Annotated[str, Indexed()]
    part: int = 1
    status: str = "sent"
    error_code: int | None = None
    error_message: str | None = None
