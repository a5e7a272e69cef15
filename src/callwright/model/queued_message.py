"""The queue of outgoing messages: one row for each that waits for, or is being handed to, a carrier."""

from datetime import datetime
from typing import Annotated, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record


class QueuedMessage(Record):
    """A message's place in the queue (SID prefix QM); deleted once the carrier has answered.

    `sender` is what is served in turn: `{account_sid}:{from}`. `node` is set while a server has claimed it: from
    then on the carrier may have it.
    """

    table: ClassVar[str] = "queued_messages"

    account_sid: str  # not indexed: nothing looks it up, and every message pays for an index
    message_sid: str
    sender: Annotated[str, Indexed()]
    #: Message.to and Message.expires_at again: the queue is served without reading the messages that still wait.
    to: str
    expires_at: datetime
    #: Whether To was a number of this server when the message was queued.
    is_here: bool = False
    #: Its turn by the sender's rate.
    due: datetime
    node: Annotated[str | None, Indexed()] = None
    #: The carrier it was claimed for; None is this server itself (loopback).
    carrier_sid: str | None = None
    attempt: int = 0
    #: Carriers that could not take it: others come first.
    tried: list[str] = []

    @property
    def from_(self) -> str:
        """Message.from_ again."""
        return self.sender.partition(":")[2]
