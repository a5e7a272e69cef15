"""Which trunk a packet's source belongs to. Unknown sources never reach a number or a dial-out."""

import asyncio
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from callwright.model.resources.trunk import Trunk
from callwright.usecases.ports import Storage, UnitOfWork

_MOST_TRUNKS = 10_000
#: A source that is not known makes us look again, but no more often than this: strangers are many.
_SHORTEST_REFRESH_S = 0.1

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class _Admitted:
    network: Network
    trunk: Trunk


class TrunkAdmission:
    """A snapshot of the trunks' source blocks; the longest prefix that holds the source wins."""

    def __init__(self, storage: Storage, monotonic_s: Callable[[], float]) -> None:
        self._storage = storage
        self._monotonic_s = monotonic_s
        self._blocks: list[_Admitted] = []
        self._refreshed_s = -_SHORTEST_REFRESH_S
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        trunks = await self._storage.read(_all_trunks)
        blocks = [
            _Admitted(ipaddress.ip_network(source, strict=False), trunk)
            for trunk in trunks
            for source in trunk.allowed_sources
        ]
        self._blocks = sorted(blocks, key=lambda block: block.network.prefixlen, reverse=True)
        self._refreshed_s = self._monotonic_s()

    async def trunk_of(self, host: str) -> Trunk | None:
        """The trunk that admits the source address, or None. Sees a new trunk at once."""
        known = self._match(host)
        if known is not None:
            return known
        async with self._refreshing:
            if self._monotonic_s() - self._refreshed_s >= _SHORTEST_REFRESH_S:
                await self.refresh()
        return self._match(host)

    def _match(self, host: str) -> Trunk | None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        mapped = getattr(address, "ipv4_mapped", None)
        source = mapped or address
        found = (block.trunk for block in self._blocks if source in block.network)
        return next(found, None)


def admits(trunk: Trunk, host: str) -> bool:
    """Whether the trunk, as it is stored now, admits the source."""
    source = ipaddress.ip_address(host)
    source = getattr(source, "ipv4_mapped", None) or source
    return any(source in ipaddress.ip_network(block, strict=False) for block in trunk.allowed_sources)


def _all_trunks(unit: UnitOfWork) -> list[Trunk]:
    return unit.select(Trunk, limit=_MOST_TRUNKS)
