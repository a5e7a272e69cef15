"""Everything known about one call: how it was routed, what it started on, what went wrong, how often it asked."""

from dataclasses import dataclass

from callwright.model.exchange import Exchange
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.notification import Notification
from callwright.model.resources.trunk import Trunk
from callwright.usecases.owned import owned
from callwright.usecases.ports import Condition, UnitOfWork

_MOST = 100


@dataclass(frozen=True)
class CallInspection:
    """A call with what belongs to it. `notifications` are newest first; `exchanges` counts its web requests.

    `current_revision` is the application's now, None once it has been deleted.
    """

    call: Call
    trunk: Trunk | None
    current_revision: int | None
    notifications: list[Notification]
    exchanges: int
    failed_exchanges: int


def inspect_call(unit: UnitOfWork, account: Account, sid: str) -> CallInspection:
    """Raises NotFound, also for another account's."""
    call = owned(unit, account, Call, sid, "call")
    of_call = [Condition("call_sid", sid)]
    application = unit.get(Application, call.application_sid) if call.application_sid else None
    trunk = unit.get(Trunk, call.trunk_sid) if call.trunk_sid else None
    return CallInspection(
        call=call,
        trunk=trunk if trunk and trunk.account_sid in (account.sid, account.owner_account_sid) else None,
        current_revision=application.revision if application is not None else None,
        notifications=unit.select(Notification, of_call, limit=_MOST),
        exchanges=unit.count(Exchange, of_call),
        failed_exchanges=unit.count(Exchange, [*of_call, Condition("is_failure", True)]),
    )
