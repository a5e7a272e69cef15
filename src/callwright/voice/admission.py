"""Which trunk a packet's source belongs to. Unknown sources never reach a number or a dial-out."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from callwright.model.resources.trunk import Trunk
from callwright.usecases.ports import Condition, Storage, UnitOfWork

_MOST_TRUNKS = 10_000
#: A source that is not known makes us look again, but no more often than this: strangers are many.
_SHORTEST_REFRESH_S = 0.1

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class _Admitted:
    network: Network
    trunk: Trunk


class TrunkAdmission:
    """A snapshot of the trunks' source blocks; the longest prefix that holds the source wins.

    `refresh` waits for its turn with `sleep`: at most one look at storage each tenth of a second, shared by all
    who asked before it began.
    """

    def __init__(
        self,
        storage: Storage,
        monotonic_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._blocks: list[_Admitted] = []
        self._revisions: dict[str, int] = {}
        self._newest: datetime | None = None
        self._next_s = monotonic_s()
        self._waiting: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """See every trunk as it was stored before this was called."""
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._refresh_in_turn())
        await asyncio.shield(self._waiting)

    async def _refresh_in_turn(self) -> None:
        try:
            await self._sleep(max(self._next_s - self._monotonic_s(), 0))
        finally:
            self._waiting = None  # who asks from now on may ask for what this look does not see
        self._next_s = self._monotonic_s() + _SHORTEST_REFRESH_S
        trunks = await self._storage.read(_all_trunks)
        blocks = [
            _Admitted(ipaddress.ip_network(source, strict=False), trunk)
            for trunk in trunks
            for source in trunk.allowed_sources
        ]
        self._blocks = sorted(blocks, key=lambda block: block.network.prefixlen, reverse=True)
        self._revisions = {trunk.sid: trunk.revision for trunk in trunks}
        self._newest = max((trunk.date_updated for trunk in trunks if trunk.date_updated), default=None)

    def knows(self, host: str, port: int) -> bool:
        """Whether a trunk of the snapshot admits the source; any port will do."""
        return self._match(host) is not None

    async def trunk_of(self, host: str) -> Trunk | None:
        """The trunk that admits the source address, or None. Sees a new trunk at once."""
        known = self._match(host)
        if known is None:
            await self.refresh()
            known = self._match(host)
        return known

    def is_current(self, unit: UnitOfWork, trunk: Trunk) -> bool:
        """Whether the match that gave this trunk still holds: it is as it was, and no trunk has changed since.

        Call it in the transaction that relies on the match.
        """
        stored = unit.get(Trunk, trunk.sid)
        if stored is None or stored.revision != trunk.revision:
            return False
        changed = [] if self._newest is None else [Condition("date_updated", self._newest, "ge")]
        return all(
            self._revisions.get(other.sid) == other.revision
            for other in unit.select(Trunk, changed, limit=_MOST_TRUNKS)
        )

    def _match(self, host: str) -> Trunk | None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        mapped = getattr(address, "ipv4_mapped", None)
        source = mapped or address
        found = (block.trunk for block in self._blocks if source in block.network)
        return next(found, None)


def _all_trunks(unit: UnitOfWork) -> list[Trunk]:
    return unit.select(Trunk, limit=_MOST_TRUNKS)
