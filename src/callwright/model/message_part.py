"""Parts of long incoming messages: kept until all have come, or for long enough."""

from typing import Annotated, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record


class MessagePart(Record):
    """One part (SID prefix MP). `key` is the same for all parts of a message; `account_sid` is the carrier's."""

    table: ClassVar[str] = "message_parts"

    key: Annotated[str, Indexed()]
    carrier_sid: str
    from_: str
    to: str
    number: int
    total: int
    #: UTF-16 in hex (usecases.message_parts.kept_text).
    text: str
