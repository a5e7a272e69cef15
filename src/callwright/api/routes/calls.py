"""/v1/Calls/{sid}: all that is known about one call, for finding out why it went where it did."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callwright.api.caller import AsCaller
from callwright.api.problem_shown import ProblemShown
from callwright.api.refusal import ERRORS, refused
from callwright.api.route_shown import RouteShown, route_shown
from callwright.usecases.inspect_call import CallInspection, inspect_call
from callwright.usecases.ports import Ports


class TrunkOfCall(BaseModel):
    """The trunk it came in or went out by."""

    sid: str = Field(description="TK….")
    friendly_name: str | None = Field(description="null once the trunk has been deleted.")


class CallShown(BaseModel):
    """A call with what belongs to it; dates in ISO 8601, UTC."""

    sid: str = Field(description="CA….")
    account_sid: str = Field(description="Whose it is.")
    direction: str = Field(description="inbound, outbound-api or outbound-dial.")
    from_: str | None = Field(serialization_alias="from", description="Who called.")
    to: str | None = Field(description="Whom.")
    status: str = Field(description="How it is, as in the 2010-04-01 API.")
    sip_response_code: int | None = Field(description="The final SIP status of the call.")
    date_created: datetime | None = Field(description="When it was made or came in.")
    start_time: datetime | None = Field(description="When it began.")
    answer_time: datetime | None = Field(description="When it was answered; null when it was not.")
    end_time: datetime | None = Field(description="When it ended; null while it runs.")
    phone_number_sid: str | None = Field(description="The number of this server that was called or calls.")
    trunk: TrunkOfCall | None = Field(description="The trunk it came in or went out by.")
    application_sid: str | None = Field(description="The application that it was about.")
    application_revision: int | None = Field(description="The application's revision that it started on.")
    current_revision: int | None = Field(
        description="The application's revision now: a difference tells that it was changed since. null when deleted."
    )
    route: RouteShown | None = Field(description="How it was routed when it started: the object of /v1/Explain.")
    sip_call_id: str | None = Field(description="The Call-ID of its SIP messages.")
    sip_parameters: dict[str, Any] = Field(description="What web apps are told of its INVITE.")
    exchanges: int = Field(description="How many web requests about it are kept (/v1/Exchanges).")
    failed_exchanges: int = Field(description="How many of them failed.")
    notifications: list[ProblemShown] = Field(description="What the debugger was told, newest first.")


_ADDED = frozenset({"trunk", "current_revision", "route", "exchanges", "failed_exchanges", "notifications"})
_ONE = {**ERRORS, **refused(404, "The account has no such call.")}


def routes(ports: Ports) -> APIRouter:
    """The inspection of one call."""
    router = APIRouter(prefix="/Calls", tags=["Calls"])

    @router.get("/{sid}", summary="Inspect a call", responses=_ONE)
    async def inspect(caller: AsCaller, sid: str) -> CallShown:
        return _shown(await caller.read(ports.storage, lambda unit, account: inspect_call(unit, account, sid)))

    return router


def _shown(found: CallInspection) -> CallShown:
    call = found.call
    trunk = TrunkOfCall(sid=call.trunk_sid, friendly_name=_name(found)) if call.trunk_sid else None
    return CallShown(
        **{name: getattr(call, name) for name in CallShown.model_fields if name not in _ADDED},
        trunk=trunk,
        current_revision=found.current_revision,
        route=route_shown(call.route),
        exchanges=found.exchanges,
        failed_exchanges=found.failed_exchanges,
        notifications=[ProblemShown.model_validate(one) for one in found.notifications],
    )


def _name(found: CallInspection) -> str | None:
    return found.trunk.friendly_name if found.trunk is not None else None
