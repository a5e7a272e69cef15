"""Durable job: dial a queued call. Nobody is dialled twice: the intent is recorded before the INVITE goes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.trunk import Trunk
from callwright.model.routing import INVALID_APPLICATION
from callwright.usecases.jobs import handles
from callwright.usecases.ports import Condition, Ports, UnitOfWork
from callwright.usecases.progress_call import progress_call
from callwright.usecases.report_problem import Problem, report_problem

PLACE_CALL = "place_call"
_NO_TRUNK = 13224
_MOST_TRUNKS = 100


@dataclass(frozen=True)
class Dialing:
    """A call that is ours to dial now; `trunk` is None for a SIP URI that is dialled directly."""

    call: Call
    account: Account
    trunk: Trunk | None


@handles(PLACE_CALL)
async def place_call(ports: Ports, arguments: Mapping[str, Any]) -> None:
    await ports.live_calls.place(arguments["call_sid"])


def begin_dialing(unit: UnitOfWork, call_sid: str, node: str) -> Dialing | None:
    """Claim a queued call for this server; None when it is gone, canceled, claimed already, or cannot be dialled.

    From here on the call carries the node's name, so that a crash before the INVITE ends it as failed at the next
    start instead of dialling it a second time.
    """
    call = unit.get(Call, call_sid)
    if call is None or call.status != "queued" or call.node is not None:
        return None
    account = unit.get(Account, call.account_sid)
    trunk = outbound_trunk(unit, account) if account else None
    problem = _obstacle(unit, call, account, trunk)
    if account is None or problem is not None:
        _fail(unit, call, problem or Problem(_NO_TRUNK, "The account of this call is gone."))
        return None
    waited_ms = round((unit.now - call.date_created).total_seconds() * 1000) if call.date_created else 0
    facts = {
        "node": node,
        "queue_time": str(max(waited_ms, 0)),
        "start_time": unit.now,
        "trunk_sid": trunk.sid if trunk else None,
    }
    claimed = progress_call(unit, call.sid, "initiated", facts)
    return Dialing(claimed, account, trunk) if claimed else None


def outbound_trunk(unit: UnitOfWork, account: Account) -> Trunk | None:
    """The trunk an account's calls go out by."""
    return next(iter(outbound_trunks(unit, account)), None)


def outbound_trunks(unit: UnitOfWork, account: Account) -> list[Trunk]:
    """The trunks that could take an account's calls: of its own, else of its parent, lowest priority number first."""
    for owner in dict.fromkeys((account.sid, account.owner_account_sid)):
        trunks = unit.select(Trunk, [Condition("account_sid", owner)], limit=_MOST_TRUNKS)
        usable = [trunk for trunk in trunks if trunk.host]
        if usable:
            return sorted(usable, key=lambda trunk: (trunk.priority, trunk.sid))
    return []


def _obstacle(unit: UnitOfWork, call: Call, account: Account | None, trunk: Trunk | None) -> Problem | None:
    if account is None or account.status != "active":
        return Problem(_NO_TRUNK, "The account of this call is not active.")
    if call.application_sid and unit.get(Application, call.application_sid) is None:
        message = f"Application {call.application_sid} was deleted while the call was queued."
        return Problem(INVALID_APPLICATION, message)
    if trunk is None and not (call.to or "").startswith("sip:"):
        message = "No trunk can place this call: add one (callwright trunks add NAME --host H:P)."
        return Problem(_NO_TRUNK, message)
    return None


def _fail(unit: UnitOfWork, call: Call, problem: Problem) -> None:
    report_problem(unit, call, problem)
    progress_call(unit, call.sid, "failed")
