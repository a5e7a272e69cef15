"""Exchanges of an account, newest first: by what they belong to, by URL, by time, failures only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from callwright.model.exchange import Exchange, endpoint_of
from callwright.model.resources.account import Account
from callwright.model.sid import least_sid
from callwright.usecases.ports import Condition, UnitOfWork


@dataclass(frozen=True)
class ExchangeFilter:
    """Which are asked for: those that meet all that is given.

    `url` is one as it was configured: all requests to it are meant, with what they were redirected to. `since`
    (inclusive) and `until` (exclusive) are when a request ended.
    """

    call_sid: str | None = None
    message_sid: str | None = None
    application_sid: str | None = None
    request_id: str | None = None
    replay_of: str | None = None
    kind: str | None = None
    url: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    failures: bool = False


def list_exchanges(
    unit: UnitOfWork, account: Account, wanted: ExchangeFilter, limit: int, before_sid: str | None = None
) -> list[Exchange]:
    """The newest of them, at most `limit`, from `before_sid` on."""
    conditions = [Condition("account_sid", account.sid), *_conditions(wanted)]
    return unit.select(Exchange, conditions, limit=limit, before_sid=before_sid)


def _conditions(wanted: ExchangeFilter) -> Iterator[Condition]:
    for name in ("call_sid", "message_sid", "application_sid", "request_id", "replay_of", "kind"):
        value = getattr(wanted, name)
        if value is not None:
            yield Condition(name, value)
    if wanted.url is not None:
        yield Condition("endpoint", endpoint_of(wanted.url))
    if wanted.failures:
        yield Condition("is_failure", True)
    # SIDs are sorted by time, so that the time needs no index of its own.
    if wanted.since is not None:
        yield Condition("sid", least_sid("EX", max(wanted.since.timestamp(), 0.0)), "ge")
    if wanted.until is not None:
        yield Condition("sid", least_sid("EX", max(wanted.until.timestamp(), 0.0)), "lt")
