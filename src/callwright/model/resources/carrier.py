"""Carriers: connections to SMS carriers. Ours (served at /v1/Carriers), so not a resource of the 2010-04-01 API."""

from typing import Annotated, Any, ClassVar

from callwright.model.fields import Hidden, Indexed, Secret
from callwright.model.record import Record

#: Kinds that hand over within this server: nothing can be lost on the way, so handing over again cannot repeat it.
LOCAL_KINDS = frozenset({"loopback"})


class Carrier(Record):
    """A way messages leave and arrive by.

    `kind` names a module of messaging/carriers, which also says what `settings` may hold. `senders` and
    `destinations` limit what goes this way: a sender exactly or as a prefix that ends in `*`, destinations as
    prefixes in E.164 (+49); empty means all.
    """

    table: ClassVar[str] = "carriers"
    history: ClassVar[bool] = True

    friendly_name: Annotated[str, Indexed()]
    kind: str
    #: Lower is tried first.
    priority: int = 10
    senders: list[str] = []
    destinations: list[str] = []
    #: Most messages handed over per second; None: as fast as it takes them.
    messages_per_second: float | None = None
    #: Hand a message over again when its link was lost before the carrier acknowledged it: it may arrive twice.
    retry_unacknowledged: bool = False
    is_enabled: bool = True
    settings: dict[str, Any] = {}
    #: The secret settings by name: sealed (ports.Secrets), or `env:NAME` to be read from the environment.
    secrets: Annotated[dict[str, Any], Hidden(), Secret()] = {}
