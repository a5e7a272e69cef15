"""Which carriers a message may go by, in which order, and why: one pure function for sending and Explain alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from callwright.model.resources.carrier import Carrier
from callwright.model.routing import NOTHING, Reason

#: What stands for this server itself (the built-in loopback) in reasons.
THIS_SERVER = "this server itself"


class Addressed(Protocol):
    """A message, or its place in the queue."""

    @property
    def from_(self) -> str | None: ...

    @property
    def to(self) -> str | None: ...


@dataclass(frozen=True)
class Routing:
    """The carriers that may take a message, best first; None is this server itself."""

    candidates: tuple[Carrier | None, ...]
    reasons: tuple[Reason, ...] = field(default=())

    def decided(self, chosen: Carrier | None, *, is_here: bool) -> "Routing":
        """With the reasons why that candidate takes it now."""
        at = self.candidates.index(chosen)
        away, others = self.candidates[:at], self.candidates[at + 1 :]
        reasons = list(self.reasons)
        if away:
            reasons.append(Reason("carrier", "not connected", NOTHING, tuple(_name(carrier) for carrier in away)))
        rule = _ORDER if chosen is not None else _ITS_OWN if is_here else _LAST_RESORT
        reasons.append(Reason("carrier", rule, _name(chosen), tuple(_name(carrier) for carrier in others)))
        return Routing(self.candidates, tuple(reasons))

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": "carriers",
            "candidates": [carrier.sid if carrier is not None else None for carrier in self.candidates],
            "reasons": [reason.as_dict() for reason in self.reasons],
        }


def choose_carriers(
    message: Addressed, carriers: Sequence[Carrier], tried: Sequence[str] = (), *, is_here: bool = False
) -> Routing:
    """The candidates among the carriers of the message's account and of its parent; `is_here`: To is a number here.

    A carrier takes the message when it is enabled, one of its sender patterns fits (or it has none) and so does one
    of its destination prefixes (or it has none). Lower priority numbers come first; among equals the longest
    destination prefix, then the more exact sender, then the older carrier. Those in `tried` could not take it: they
    come after all others.

    This server delivers to its own numbers itself, unless a carrier that names the sender or the destination takes
    the message. For other numbers it is the last resort, where no carrier is left at all.
    """
    sender, to = message.from_ or "", message.to or ""
    enabled = [carrier for carrier in carriers if carrier.is_enabled]
    for_sender = [carrier for carrier in enabled if takes_sender(carrier, sender)]
    fitting = [carrier for carrier in for_sender if destination_length(carrier, to) is not None]
    wanted = [carrier for carrier in fitting if not is_here or carrier.senders or carrier.destinations]
    ordered: list[Carrier | None] = [*sorted(wanted, key=lambda carrier: _rank(carrier, sender, to, tried))]
    if is_here:
        ordered.insert(len(_untried(wanted, tried)), None)
    reasons = [
        *_passed_over("switched off", carriers, enabled),
        *_passed_over("not for this sender", enabled, for_sender),
        *_passed_over("not for this destination", for_sender, fitting),
        *_passed_over("names neither sender nor destination, and To is a number of this server", fitting, wanted),
        *_passed_over("could not take it before: the others come first", wanted, _untried(wanted, tried)),
    ]
    return Routing(tuple(ordered) or (None,), tuple(reasons))


_ORDER = "lowest priority number, then longest destination prefix, then most exact sender"
_LAST_RESORT = "no carrier takes it: the last resort"
_ITS_OWN = "To is a number of this server"


def takes_sender(carrier: Carrier, sender: str) -> bool:
    """Whether messages of that sender may go by it."""
    return not carrier.senders or _sender_length(carrier, sender) > 0


def destination_length(carrier: Carrier, to: str) -> int | None:
    """How much of the destination its longest fitting prefix covers; 0 when it takes all, None when it does not."""
    if not carrier.destinations:
        return 0
    return max((len(prefix) for prefix in carrier.destinations if to.startswith(prefix)), default=None)


def first_with_room(routing: Routing, room: Mapping[str | None, int]) -> Carrier | None:
    """The candidate that takes the message now. Raises NoRoom when it has to wait.

    `room` has the carriers that are connected, and how many more messages each takes: one that is full (0) is waited
    for, as the next may cost more; one that is missing is passed over.
    """
    for carrier in routing.candidates:
        left = room.get(carrier.sid if carrier is not None else None)
        if left is None:
            continue
        if left > 0:
            return carrier
        break
    raise NoRoom


class NoRoom(Exception):
    """No carrier takes the message now."""


def _rank(carrier: Carrier, sender: str, to: str, tried: Sequence[str]) -> tuple[bool, int, int, int, str]:
    return (
        carrier.sid in tried,
        carrier.priority,
        -(destination_length(carrier, to) or 0),
        -_sender_length(carrier, sender),
        carrier.sid,
    )


def _sender_length(carrier: Carrier, sender: str) -> int:
    """How exactly the best sender pattern fits, 0 when none does; an exact one beats every prefix of it."""
    return max((_fit(pattern, sender) for pattern in carrier.senders), default=0)


def _fit(pattern: str, sender: str) -> int:
    if pattern.endswith("*"):
        return len(pattern) if sender.startswith(pattern[:-1]) else 0
    return len(pattern) + 1 if pattern == sender else 0


def _untried(carriers: Sequence[Carrier], tried: Sequence[str]) -> list[Carrier]:
    return [carrier for carrier in carriers if carrier.sid not in tried]


def _passed_over(rule: str, before: Sequence[Carrier], after: Sequence[Carrier]) -> list[Reason]:
    lost = tuple(_name(carrier) for carrier in before if carrier not in after)
    return [Reason("carrier", rule, NOTHING, lost)] if lost else []


def _name(carrier: Carrier | None) -> str:
    return f"carrier {carrier.sid} ({carrier.friendly_name})" if carrier is not None else THIS_SERVER
