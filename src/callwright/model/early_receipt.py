"""Receipts that came before the carrier's answer named their message: kept until it does."""

from typing import Annotated, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record


class EarlyReceipt(Record):
    """A receipt (SID prefix ER) for an identifier not known yet; `account_sid` is the carrier's."""

    table: ClassVar[str] = "early_receipts"

    carrier_sid: Annotated[str, Indexed()]
    carrier_message_id: Annotated[str, Indexed()]
    status: str
    error_code: int | None = None
    error_message: str | None = None
    done_date: str | None = None
    #: SIDs of the rows that keep the same receipt under other ways to write its identifier.
    siblings: list[str] = []
