"""The contract of carriers: add a kind by adding one file to `carriers/` that registers a CarrierKind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict

from callwright.config import Settings
from callwright.model.resources.carrier import Carrier
from callwright.usecases.carrier_traffic import Incoming, Outcome, Receipt, Sending
from callwright.usecases.ports import CarrierState
from callwright.usecases.web_ports import Webhooks


class CarrierSettings(BaseModel):
    """Base of the settings of a kind. Fields of type SecretStr are kept sealed; unknown ones are refused.

    Every field has a `Field(description=…)`: the API, the command line and the reference show it. What
    `CarrierSetting` says of it beyond that (`names_server_file`, `needs`) is its `json_schema_extra`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=CarrierSettings)


class CarrierLink(Protocol):
    """One carrier's connection(s) on this server. Made anew when its settings change, started and stopped once."""

    @property
    def state(self) -> CarrierState: ...

    @property
    def room(self) -> int:
        """How many more messages it takes now; 0 while it is not ready."""

    async def start(self) -> None:
        """Begin to connect; returns at once, connecting goes on (and again after each loss) by itself."""

    async def stop(self, timeout_s: float) -> None:
        """Take nothing more, wait that long for answers, close."""

    async def submit(self, sending: Sending) -> Outcome:
        """Hand a message over and wait for what came of it. Whatever goes wrong is an Outcome, not an exception."""


@dataclass(frozen=True)
class CarrierRequest:
    """What a carrier asked at /carriers/SID/inbound or /receipts (`what`); names of headers in small letters.

    `body` is at most 256 kB. Nobody has checked yet who sent it.
    """

    what: str
    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class CarrierAnswer:
    """An answer in plain text."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class WebLink(Protocol):
    """A link that web requests of its carrier are handed to."""

    async def handle_web(self, request: CarrierRequest) -> CarrierAnswer:
        """Check who asks, take what it brings, and answer once that is stored."""


class Traffic(Protocol):
    """What a link tells the server."""

    async def receive(self, incoming: Incoming) -> None:
        """A message (or part) came in: durable when this returns, and only then to be acknowledged.

        Raises Undeliverable (refuse it for good) and StorageUnavailable (let the carrier try again).
        """

    async def report(self, receipt: Receipt) -> None:
        """A receipt came in: durable when this returns. Raises StorageUnavailable."""

    def changed(self) -> None:
        """The link's state or room changed: messages may wait for it."""


@dataclass(frozen=True)
class LinkContext:
    """What a link is given besides its settings.

    `may_reach` answers whether the carrier may connect to an address (numeric): a kind that opens connections itself
    asks it about the very address that it connects to.
    """

    carrier: Carrier
    traffic: Traffic
    webhooks: Webhooks
    settings: Settings
    now: Callable[[], datetime]
    may_reach: Callable[[str], bool]


@dataclass(frozen=True)
class CarrierKind:
    """A kind of carrier. `connect` gets the settings with their secrets opened."""

    name: str
    summary: str
    settings: type[CarrierSettings]
    connect: Callable[[Any, LinkContext], CarrierLink]


KINDS: dict[str, CarrierKind] = {}


def register(kind: CarrierKind) -> CarrierKind:
    """Make the kind known; modules of `carriers/` call this when imported."""
    if kind.name in KINDS:
        raise RuntimeError(f"carrier kind {kind.name} is registered twice")
    KINDS[kind.name] = kind
    return kind
