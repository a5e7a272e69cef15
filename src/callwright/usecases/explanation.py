"""What Explain answers: the way of a call or message, what would come of it, and what to know besides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from callwright.model.carrier_routing import Routing
from callwright.model.errors import ApiError
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.trunk import Trunk
from callwright.model.routing import Route
from callwright.model.variants import Channel
from callwright.usecases.refusal import Refusal
from callwright.usecases.routed_message import Number

Direction = Literal["inbound", "outbound"]


@dataclass(frozen=True)
class Asked:
    """What is to be explained: addresses as they are written (by the trunk or carrier, where one is named)."""

    to: str
    from_: str
    channel: Channel
    trunk_sid: str | None = None
    carrier_sid: str | None = None
    #: The moment; None: now.
    at: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """What comes of it.

    `webhook`: the web app at `url` is asked. `kept`: a message that nobody is asked about. `refused`: see `refusal`.
    `dialed`: it goes out by a trunk, or to a SIP URI. `sent`: it goes out by a carrier. `text` says it in words.
    """

    kind: Literal["webhook", "kept", "refused", "dialed", "sent"]
    text: str
    url: str | None = None
    method: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Caution:
    """Something to know about the way: `kind` is one word for programs."""

    kind: str
    text: str
    fix: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Explanation:
    """The way and what comes of it. `account` is that of the number.

    `ways` are the trunks (carriers) that could bring it, or take it, best first; `way` is the one that does, where that
    is known.
    """

    direction: Direction
    channel: Channel
    to: str
    from_: str
    at: datetime
    account: Account
    outcome: Outcome
    number: Number | None = None
    application: Application | None = None
    route: Route | Routing | None = None
    way: Trunk | Carrier | None = None
    ways: tuple[Trunk | Carrier, ...] = ()
    cautions: tuple[Caution, ...] = ()


def refused(refusal: Refusal) -> Outcome:
    return Outcome("refused", refusal.text, refusal=refusal)


def refused_by(error: ApiError) -> Outcome:
    """An error of the API, whose message names cause and fix."""
    cause, colon, fix = error.message.rstrip(".").partition(": ")
    return Outcome("refused", error.message, refusal=Refusal(error.code or 0, cause if colon else error.message, fix))
