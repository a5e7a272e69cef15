"""Which carriers a waiting message may go by, from what is known in memory: the same rule that its claim applies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from callwright.messaging.lanes import Ways
from callwright.model.carrier_routing import choose_carriers
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.carrier import Carrier

#: Senders and prefixes of recipients whose ways are remembered, for each account.
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class _OfAccount:
    """An account's carriers, and ways that were found among them."""

    carriers: list[Carrier]
    #: Whether the sender matters, and how much of the recipient does at most.
    by_sender: bool
    prefix_length: int
    found: dict[tuple[str, str, bool], Ways] = field(default_factory=dict)


class WayFinder:
    """Finds ways among a set of carriers. `owners`: the parent of each account (itself for a parent), as it grows."""

    def __init__(self, carriers: Sequence[Carrier], owners: Mapping[str, str]) -> None:
        self._carriers = carriers
        self._owners = owners
        self._accounts: dict[str, _OfAccount] = {}

    def ways_of(self, row: QueuedMessage) -> Ways:
        """The carriers best first."""
        account = self._accounts.get(row.account_sid) or self._look_up(row.account_sid)
        if row.tried:
            return _ways(row, account)
        key = (row.from_ if account.by_sender else "", row.to[: account.prefix_length], row.is_here)
        found = account.found.get(key)
        if found is None:
            if len(account.found) >= _MOST_REMEMBERED:
                account.found.clear()
            found = account.found[key] = _ways(row, account)
        return found

    def _look_up(self, account_sid: str) -> _OfAccount:
        owners = (account_sid, self._owners.get(account_sid, account_sid))
        carriers = [carrier for carrier in self._carriers if carrier.account_sid in owners]
        account = _OfAccount(
            carriers,
            by_sender=any(carrier.senders for carrier in carriers),
            prefix_length=max((len(prefix) for carrier in carriers for prefix in carrier.destinations), default=0),
        )
        if account_sid in self._owners:
            self._accounts[account_sid] = account
        return account


def _ways(row: QueuedMessage, account: _OfAccount) -> Ways:
    routing = choose_carriers(row, account.carriers, row.tried, is_here=row.is_here)
    return tuple(carrier.sid if carrier is not None else None for carrier in routing.candidates)
