"""/v1/Trunks: the account's connections to carriers."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.body import Body
from callwright.api.caller import AsCaller
from callwright.api.paging import PAGE, Before, Limit, page_of
from callwright.api.preconditions import MISMATCH, IfMatch, tagged
from callwright.api.refusal import ERRORS, refused
from callwright.model.resources.account import Account
from callwright.model.resources.trunk import Trunk
from callwright.usecases.create_trunk import create_trunk
from callwright.usecases.delete_trunk import delete_trunk
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.trunk_settings import own_trunk
from callwright.usecases.update_trunk import update_trunk


class TrunkSettings(Body):
    """What can be set; leave a field out to keep it (or its default), send null for the default again."""

    friendly_name: str | None = Field(None, description="1 to 64 characters; needed when creating.")
    host: str | None = Field(None, description="Numeric address that outgoing calls are sent to; null: none are.")
    port: int | None = Field(None, description="1 to 65535, default 5060.")
    transport: str | None = Field(None, description="udp.")
    allowed_sources: list[str] | None = Field(
        None, description="Addresses or CIDR blocks that calls are accepted from; default none."
    )
    country_code: str | None = Field(None, description="Completes national numbers to E.164, for example 49.")
    strip_prefix: str | None = Field(None, description="Removed from the start of numbers, before anything else.")
    priority: int | None = Field(None, description="Lower is tried first for outgoing calls; default 10.")
    any_caller_id: bool | None = Field(None, description="Let outgoing calls show any caller id; default false.")


class TrunkShown(BaseModel):
    """A trunk as it is stored; dates in ISO 8601, UTC."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="TK….")
    account_sid: str = Field(description="Whose it is.")
    friendly_name: str = Field(description="Its name.")
    host: str | None = Field(description="Where outgoing calls are sent to; null: none are.")
    port: int = Field(description="The port there.")
    transport: str = Field(description="udp.")
    allowed_sources: list[str] = Field(description="Where calls are accepted from.")
    country_code: str | None = Field(description="Completes national numbers to E.164.")
    strip_prefix: str | None = Field(description="Removed from the start of numbers.")
    priority: int = Field(description="Lower is tried first for outgoing calls.")
    any_caller_id: bool = Field(description="Whether outgoing calls may show any caller id.")
    date_created: datetime | None = Field(description="When it was made.")
    date_updated: datetime | None = Field(description="When it was changed last.")
    revision: int = Field(description="Counts its changes from 1; its ETag, for If-Match.")


class TrunkPage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    trunks: list[TrunkShown] = Field(description="The rows.")
    next_before: str | None = Field(description="The value of `before` that leads on; null on the last page.")


_ONE = {**ERRORS, **refused(404, "The account has no such trunk.")}
_CONFLICT = refused(409, "Sources belong to another account, or numbers use the trunk.")


def routes(ports: Ports) -> APIRouter:
    """List, create, show, update, delete."""
    storage = ports.storage
    router = APIRouter(prefix="/Trunks", tags=["Trunks"])

    @router.get("", summary="List trunks", responses=ERRORS)
    async def list_trunks(caller: AsCaller, limit: Limit = PAGE, before: Before = None) -> TrunkPage:
        found, next_before = await page_of(caller, storage, Trunk, limit, before)
        return TrunkPage(trunks=[TrunkShown.model_validate(trunk) for trunk in found], next_before=next_before)

    @router.post("", summary="Create a trunk", status_code=201, responses={**ERRORS, **_CONFLICT})
    async def create(caller: AsCaller, settings: TrunkSettings, response: Response) -> TrunkShown:
        given = settings.model_dump(exclude_unset=True)
        trunk = await caller.write(storage, lambda unit, account: create_trunk(unit, account, given))
        tagged(response, trunk)
        return TrunkShown.model_validate(trunk)

    @router.get("/{sid}", summary="Show a trunk", responses=_ONE)
    async def show(caller: AsCaller, sid: str, response: Response) -> TrunkShown:
        trunk = await caller.read(storage, lambda unit, account: own_trunk(unit, account, sid))
        tagged(response, trunk)
        return TrunkShown.model_validate(trunk)

    @router.post("/{sid}", summary="Update a trunk", responses={**_ONE, **_CONFLICT, **MISMATCH})
    async def update(
        caller: AsCaller, sid: str, settings: TrunkSettings, expected: IfMatch, response: Response
    ) -> TrunkShown:
        given = settings.model_dump(exclude_unset=True)

        def work(unit: UnitOfWork, account: Account) -> Trunk:
            expect_revision(unit, own_trunk(unit, account, sid), expected)
            return update_trunk(unit, account, sid, given)

        trunk = await caller.write(storage, work)
        tagged(response, trunk)
        return TrunkShown.model_validate(trunk)

    @router.delete("/{sid}", summary="Delete a trunk", status_code=204, responses={**_ONE, **_CONFLICT, **MISMATCH})
    async def delete(caller: AsCaller, sid: str, expected: IfMatch) -> Response:
        def work(unit: UnitOfWork, account: Account) -> None:
            expect_revision(unit, own_trunk(unit, account, sid), expected)
            delete_trunk(unit, account, sid)

        await caller.write(storage, work)
        return Response(status_code=204)

    return router
