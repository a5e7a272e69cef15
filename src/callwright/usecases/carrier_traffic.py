"""What passes between the use cases and the carriers: messages to hand over, what came of it, what comes in."""

from dataclasses import dataclass, field
from datetime import datetime

from callwright.model.notices import UNUSABLE_MESSAGE
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.message import Message


@dataclass(frozen=True)
class SendableMedia:
    """A file of a message to hand over; `url` is public and signed, for carriers that fetch it themselves."""

    url: str
    content_type: str


@dataclass(frozen=True)
class Sending:
    """A message that this server has claimed for a carrier (None: this server itself, the loopback).

    `attempt` counts from 1. After `expires_at` there is no use in handing it over.
    """

    queued_sid: str
    message: Message
    carrier: Carrier | None
    attempt: int
    expires_at: datetime
    media: tuple[SendableMedia, ...] = ()


@dataclass(frozen=True)
class Accepted:
    """The carrier took all parts; its identifier of each, in order ("" for one that will get no receipt).

    `is_delivered`: it has been delivered already, and no receipt will come.
    """

    carrier_message_ids: tuple[str, ...]
    is_delivered: bool = False


@dataclass(frozen=True)
class Refused:
    """The carrier will not take it: `code` is 30xxx, `reason` names the carrier's words.

    `try_elsewhere`: the fault is the carrier's, not the message's; another carrier may take it.
    """

    code: int
    reason: str
    try_elsewhere: bool = False


@dataclass(frozen=True)
class Postponed:
    """Nothing was handed over, and it can be later (throttled, not bound): after that long at the earliest."""

    reason: str
    delay_s: float = 1.0


@dataclass(frozen=True)
class Unacknowledged:
    """It was handed over, in part at least, and the answer never came: the carrier may have it or not.

    `reason` has no full stop: it is put into a sentence. `carrier_message_ids`: of the parts that were acknowledged.
    """

    reason: str
    carrier_message_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ForThisServer:
    """The loopback's answer: deliver it to the number of this server, in the transaction that settles it."""


Outcome = Accepted | Refused | Postponed | Unacknowledged | ForThisServer


@dataclass(frozen=True)
class Receipt:
    """A carrier tells how a message (or a part of one) went.

    `alternative_ids`: other ways its identifier may have been written when it was acknowledged (hex, decimal).
    `status` is sent, delivered, undelivered, failed or read. `done_date` is YYMMDDhhmm, as the carrier wrote it.
    """

    carrier_sid: str
    carrier_message_id: str
    status: str
    alternative_ids: tuple[str, ...] = ()
    error_code: int | None = None
    error_message: str | None = None
    done_date: str | None = None


@dataclass(frozen=True)
class Part:
    """Which part of a long message it is: `reference` is the sender's, `number` counts from 1 to `total`."""

    reference: int
    number: int
    total: int


@dataclass(frozen=True)
class ReceivedMedia:
    """A file that came with a message: where to fetch it, or its bytes."""

    content_type: str | None = None
    url: str | None = None
    content: bytes | None = None


@dataclass(frozen=True)
class Incoming:
    """A message, or a part of one, from a carrier; numbers as the carrier wrote them (with or without +)."""

    carrier: Carrier
    from_: str
    to: str
    body: str
    part: Part | None = None
    media: tuple[ReceivedMedia, ...] = field(default=())


class Undeliverable(Exception):
    """No number here takes that message; the text names cause and fix. Told to the carrier as a refusal.

    `code` is the debugger's. `account_sid` is the account that can mend it, when it is not the carrier's.
    """

    def __init__(self, text: str, code: int = UNUSABLE_MESSAGE, account_sid: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.account_sid = account_sid
