"""Parts of long incoming messages: kept until the last one has come, in whatever order (GSM 03.40, 9.2.3.24.1)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from callwright.model.message_part import MessagePart
from callwright.usecases.carrier_traffic import Part, Undeliverable
from callwright.usecases.ports import Condition, Job, UnitOfWork

DELIVER_MESSAGE_PARTS = "deliver_message_parts"
#: A part's number is one octet.
MOST_PARTS = 255
#: How many parts of one pair of numbers wait at most; when more come, the oldest message goes without the rest.
MOST_WAITING = 2 * MOST_PARTS
#: Characters of a part (carriers bring 160; some put a whole text into one) and of a message.
LONGEST_PART = 1_600
LONGEST_MESSAGE = 10_000
_PAIR_DIGITS = 32
_UTF16 = "utf-16-be"
_HEX_DIGITS_OF_UNIT = 4


@dataclass(frozen=True)
class Assembled:
    """A message put together from its parts; `missing` are the numbers of those that never came."""

    carrier_sid: str
    from_: str
    to: str
    body: str
    total: int
    missing: tuple[int, ...] = ()


def check_length(text: str, part: Part | None) -> None:
    """Raises Undeliverable for a text that is longer than any message, or any part of several."""
    of_several = part is not None and part.total > 1
    what, longest = ("part of a message", LONGEST_PART) if of_several else ("message", LONGEST_MESSAGE)
    if len(text) > longest:
        raise Undeliverable(
            f"The text has {len(text)} characters, and a {what} may have {longest} at most: split it into more."
        )


def check_part(part: Part) -> None:
    """Raises Undeliverable for numbers that no message has."""
    if not 1 <= part.number <= part.total <= MOST_PARTS:
        raise Undeliverable(
            f"Part {part.number} of {part.total} does not exist: parts count from 1 to their total, at most "
            f"{MOST_PARTS}. Correct the concatenation header of the message."
        )


def kept_text(text: str) -> str:
    """A part's text as it is kept: UTF-16 in hex, since a part may begin or end within a surrogate pair."""
    return text.encode(_UTF16, "surrogatepass").hex()


def key_of(carrier_sid: str, from_: str, to: str, part: Part) -> str:
    """The same for all parts of a message; parts of one pair of numbers have keys that begin alike.

    Hex digits of one length: they sort alike whatever the collation of the database.
    """
    pair = hashlib.sha256(f"{carrier_sid}\0{from_}\0{to}".encode()).hexdigest()[:_PAIR_DIGITS]
    return f"{pair}{part.reference & 0xFFFFFFFF:08x}{part.total:02x}"


def collect_part(unit: UnitOfWork, part: MessagePart, timeout_s: float) -> list[Assembled]:
    """Keep the part, or answer the messages that are to be delivered now (mostly one, with nothing missing).

    A part that comes again is ignored. The same number with another text is the beginning of another message: the
    sender has used up its references. What was kept of the older one is delivered then.

    Raises Undeliverable, with nothing written, when the message would become longer than LONGEST_MESSAGE.
    """
    waiting = _waiting_of_pair(unit, part.key)
    siblings = [other for other in waiting if other.key == part.key]
    same = next((other for other in siblings if other.number == part.number), None)
    if same is not None and same.text == part.text:
        return []
    if same is None:
        _check_room(siblings, part)
    assembled = []
    if same is not None:
        assembled.append(_take(unit, siblings))
        siblings = []
    if len(siblings) + 1 == part.total:
        return [*assembled, _take(unit, siblings, part)]
    if same is None and len(waiting) >= MOST_WAITING:
        key = waiting[-1].key  # the oldest
        assembled.append(_take(unit, [other for other in waiting if other.key == key]))
        siblings = [other for other in siblings if other.key != key]
    unit.insert(part)
    if not siblings:
        unit.enqueue(Job(DELIVER_MESSAGE_PARTS, {"part_sid": part.sid}), due=unit.now + timedelta(seconds=timeout_s))
    return assembled


def take_late(unit: UnitOfWork, part_sid: str) -> Assembled | None:
    """What has come of the message whose first part that was; None when it was delivered meanwhile."""
    first = unit.get(MessagePart, part_sid)
    if first is None:
        return None
    return _take(unit, unit.select(MessagePart, [Condition("key", first.key)], limit=MOST_PARTS))


def _check_room(siblings: Sequence[MessagePart], part: MessagePart) -> None:
    length = sum(len(one.text) for one in [*siblings, part]) // _HEX_DIGITS_OF_UNIT
    if length > LONGEST_MESSAGE:
        raise Undeliverable(
            f"With part {part.number} of {part.total} the text would have {length} characters, more than the "
            f"{LONGEST_MESSAGE} that a message may have: send it as several messages."
        )


def _waiting_of_pair(unit: UnitOfWork, key: str) -> list[MessagePart]:
    """Newest first, by a range of the index."""
    pair, rest = key[:_PAIR_DIGITS], len(key) - _PAIR_DIGITS
    of_pair = [Condition("key", pair + "0" * rest, "ge"), Condition("key", pair + "f" * rest, "le")]
    return unit.select(MessagePart, of_pair, limit=MOST_WAITING + 1)


def _take(unit: UnitOfWork, stored: Sequence[MessagePart], last: MessagePart | None = None) -> Assembled:
    """Delete the stored parts and put them together, with the last one, which is not stored."""
    for part in stored:
        unit.delete(part)
    parts = sorted([*stored, *([last] if last else [])], key=lambda part: part.number)
    come = {part.number for part in parts}
    one = parts[0]
    return Assembled(
        carrier_sid=one.carrier_sid,
        from_=one.from_,
        to=one.to,
        body=bytes.fromhex("".join(part.text for part in parts)).decode(_UTF16, "surrogatepass"),
        total=one.total,
        missing=tuple(number for number in range(1, one.total + 1) if number not in come),
    )
