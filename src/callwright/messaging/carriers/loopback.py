"""Loopback: messages from one number of this server to another, without any carrier."""

from datetime import datetime

from callwright.messaging.carrier import CarrierKind, CarrierSettings, LinkContext, register
from callwright.usecases.carrier_traffic import ForThisServer, Outcome, Postponed, Sending
from callwright.usecases.ports import CarrierState

#: It is this server itself: what bounds it is the storage, so one claim's worth is plenty.
_ROOM = 50


class LoopbackSettings(CarrierSettings):
    """There is nothing to set."""


class LoopbackLink:
    """Answers that the message is for this server: the transaction that settles it delivers it, too."""

    def __init__(self, ready_since: datetime) -> None:
        self._ready = CarrierState("ready", is_ready=True, since=ready_since)
        self._is_running = False

    @property
    def state(self) -> CarrierState:
        return self._ready if self._is_running else CarrierState("stopped", is_ready=False)

    @property
    def room(self) -> int:
        return _ROOM if self._is_running else 0

    async def start(self) -> None:
        self._is_running = True

    async def stop(self, timeout_s: float) -> None:
        self._is_running = False

    async def submit(self, sending: Sending) -> Outcome:
        return ForThisServer() if self._is_running else Postponed("the server is stopping")


def _connect(settings: LoopbackSettings, context: LinkContext) -> LoopbackLink:
    return LoopbackLink(context.now())


register(
    CarrierKind(
        name="loopback",
        summary="Messages to numbers of this server; also there without being configured, as the last resort.",
        settings=LoopbackSettings,
        connect=_connect,
    )
)
