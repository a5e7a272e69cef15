"""Which carriers a waiting message may go by, from what is known in memory: the same rule that its claim applies."""

from collections.abc import Mapping, Sequence

from callwright.messaging.lanes import Ways
from callwright.model.carrier_routing import choose_carriers
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.carrier import Carrier


class WayFinder:
    """Finds ways among a set of carriers. `owners`: the parent of each account (itself for a parent), as it grows."""

    def __init__(self, carriers: Sequence[Carrier], owners: Mapping[str, str]) -> None:
        self._carriers = carriers
        self._owners = owners
        self._by_account: dict[str, list[Carrier]] = {}

    def ways_of(self, row: QueuedMessage) -> Ways:
        """The carriers best first."""
        routing = choose_carriers(row, self._carriers_of(row.account_sid), row.tried)
        return tuple(carrier.sid if carrier is not None else None for carrier in routing.candidates)

    def _carriers_of(self, account_sid: str) -> list[Carrier]:
        known = self._by_account.get(account_sid)
        if known is None:
            owners = (account_sid, self._owners.get(account_sid, account_sid))
            known = [carrier for carrier in self._carriers if carrier.account_sid in owners]
            if account_sid in self._owners:
                self._by_account[account_sid] = known
        return known
