"""/v1/ScheduledChanges: changes of applications and numbers that take effect at a moment."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.body import Body
from callwright.api.caller import AsCaller
from callwright.api.paging import PAGE, Before, Limit, page
from callwright.api.refusal import ERRORS, refused
from callwright.model.resources.account import Account
from callwright.model.resources.scheduled_change import ScheduledChange
from callwright.usecases.ports import Condition, Ports, UnitOfWork
from callwright.usecases.schedule_change import cancel_scheduled_change, own_scheduled_change, schedule_change

Status = Literal["scheduled", "active", "done", "failed", "canceled"]


class ScheduledChangeOrder(Body):
    """What is to change, and when."""

    target_sid: str = Field(description="The application (AP…) or number (PN…) to change.")
    changes: dict[str, Any] = Field(description="Settings as an update of it under /v1 takes them, by name.")
    at: str = Field(description="When, ISO 8601: with an offset or Z, or without and with time_zone.")
    until: str | None = Field(None, description="When the change is put back, written as at; leave it out to keep it.")
    time_zone: str | None = Field(
        None, max_length=64, description="Whose clock at and until mean, for example Europe/Berlin."
    )
    expected_revision: int | None = Field(
        None, description="The revision the target is to have then; the change fails when it has another."
    )


class DifferenceShown(BaseModel):
    """One field in which the target was not as expected."""

    field: str = Field(description="The field's name.")
    expected: Any = Field(description="Its value at the expected revision.")
    current: Any = Field(description="Its value when the change was to be made.")


class ScheduledChangeShown(BaseModel):
    """A scheduled change; dates in ISO 8601, UTC."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="CH and 32 digits.")
    account_sid: str = Field(description="Whose it is.")
    resource: str = Field(description="applications or incoming_phone_numbers.")
    target_sid: str = Field(description="What it changes.")
    changes: dict[str, Any] = Field(description="The settings to be made.")
    at: datetime = Field(description="When it takes effect.")
    until: datetime | None = Field(description="When it is put back; null: never.")
    time_zone: str | None = Field(description="The time zone it was given in.")
    status: Status = Field(
        description="scheduled, active (in effect until `until`), done, failed (see error) or canceled."
    )
    reason: str | None = Field(description="X-Callwright-Reason of the request that scheduled it.")
    credential: str = Field(description="Who scheduled it.")
    expected_revision: int | None = Field(description="The revision the target is to have then.")
    group_id: str | None = Field(description="The revision group it was made by: roll that back to undo it.")
    started_at: datetime | None = Field(description="When it took effect.")
    ended_group_id: str | None = Field(description="The revision group it was put back by.")
    ended_at: datetime | None = Field(description="When it was put back, failed or was canceled.")
    canceled_by: str | None = Field(description="Who canceled it.")
    error_code: int | None = Field(description="The code of what was in the way.")
    error: str | None = Field(description="What was in the way, and what to do.")
    difference: list[DifferenceShown] = Field(description="Where the target was not at the expected revision.")
    date_created: datetime | None = Field(description="When it was scheduled.")
    date_updated: datetime | None = Field(description="When anything of it changed last.")


class ScheduledChangePage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    scheduled_changes: list[ScheduledChangeShown] = Field(description="The rows of this page.")
    next_before: str | None = Field(description="What leads to the next page.")


_OF_STATUS = Annotated[Status | None, Query(description="Only those of that status.")]
_OF_TARGET = Annotated[
    str | None, Query(description="Only those of that application or number.", pattern="^(AP|PN)[0-9a-f]{32}$")
]
_ONE = {**ERRORS, **refused(404, "The account has no such scheduled change.")}
_OVER = refused(409, "It is over: done, failed or canceled.")
_CREATED = {
    **ERRORS,
    **refused(404, "The account has no such application or number."),
    **refused(
        409,
        "Another scheduled change has one of the same fields at that time, and one of both is to be put back; or 1000 "
        "are still to come.",
    ),
    **refused(412, "The target is not at expected_revision; `difference` tells where."),
}


def routes(ports: Ports) -> APIRouter:
    """List, create, show, cancel."""
    storage = ports.storage
    router = APIRouter(prefix="/ScheduledChanges", tags=["Scheduled changes"])

    @router.get("", summary="List scheduled changes", responses=ERRORS)
    async def list_changes(
        caller: AsCaller,
        status: _OF_STATUS = None,
        target_sid: _OF_TARGET = None,
        limit: Limit = PAGE,
        before: Before = None,
    ) -> ScheduledChangePage:
        wanted = {"status": status, "target_sid": target_sid}
        conditions = [Condition(name, value) for name, value in wanted.items() if value is not None]
        found = await caller.read(storage, lambda unit, account: _select(unit, account, conditions, limit, before))
        rows, next_before = page(found, limit)
        shown = [ScheduledChangeShown.model_validate(change) for change in rows]
        return ScheduledChangePage(scheduled_changes=shown, next_before=next_before)

    @router.post("", summary="Schedule a change", status_code=201, responses=_CREATED)
    async def create(caller: AsCaller, order: ScheduledChangeOrder) -> ScheduledChangeShown:
        given = order.model_dump()
        change = await caller.write(storage, lambda unit, account: schedule_change(unit, account, caller.actor, given))
        return ScheduledChangeShown.model_validate(change)

    @router.get("/{sid}", summary="Show a scheduled change", responses=_ONE)
    async def show(caller: AsCaller, sid: str) -> ScheduledChangeShown:
        change = await caller.read(storage, lambda unit, account: own_scheduled_change(unit, account, sid))
        return ScheduledChangeShown.model_validate(change)

    @router.post("/{sid}/Cancel", summary="Cancel a scheduled change", responses={**_ONE, **_OVER})
    async def cancel(caller: AsCaller, sid: str) -> ScheduledChangeShown:
        """One that is active stays in effect and is not put back anymore."""
        return ScheduledChangeShown.model_validate(await _cancel(caller, ports, sid))

    @router.delete(
        "/{sid}", summary="Cancel a scheduled change, as DELETE", status_code=204, responses={**_ONE, **_OVER}
    )
    async def delete(caller: AsCaller, sid: str) -> Response:
        """The same; the row stays, to tell what was planned."""
        await _cancel(caller, ports, sid)
        return Response(status_code=204)

    return router


async def _cancel(caller: AsCaller, ports: Ports, sid: str) -> ScheduledChange:
    return await caller.write(
        ports.storage, lambda unit, account: cancel_scheduled_change(unit, account, caller.actor, sid)
    )


def _select(
    unit: UnitOfWork, account: Account, conditions: list[Condition], limit: int, before: str | None
) -> list[ScheduledChange]:
    """One row more than asked for: it tells whether another page follows."""
    own = [Condition("account_sid", account.sid), *conditions]
    return unit.select(ScheduledChange, own, limit=limit + 1, before_sid=before)
