"""/v1/ShortCodes: short codes and where their messages go. The 2010-04-01 API shows and changes them too."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.body import Body
from callwright.api.caller import AsCaller
from callwright.api.paging import PAGE, Before, Limit, page_of
from callwright.api.preconditions import MISMATCH, IfMatch, tagged
from callwright.api.refusal import ERRORS, refused
from callwright.model.resources.account import Account
from callwright.model.resources.short_code import ShortCode
from callwright.usecases.create_short_code import create_short_code
from callwright.usecases.delete_short_code import delete_short_code
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.update_short_code import own_short_code, update_short_code


class ShortCodeSettings(Body):
    """Where its messages go; leave a field out to keep it (or its default), send null for the default again."""

    friendly_name: str | None = Field(None, description="At most 64 characters; default the short code itself.")
    sms_url: str | None = Field(None, description="Web app that is asked about messages to it.")
    sms_method: str | None = Field(None, description="GET or POST (default).")
    sms_fallback_url: str | None = Field(None, description="Asked when sms_url fails.")
    sms_fallback_method: str | None = Field(None, description="GET or POST (default).")


class ShortCodeFields(ShortCodeSettings):
    """A short code that a carrier has given you, and where its messages go."""

    short_code: str = Field(description="3 to 8 digits, unique on the server.")


class ShortCodeShown(BaseModel):
    """A short code as it is stored; dates in ISO 8601, UTC."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="SC….")
    account_sid: str = Field(description="Whose it is.")
    short_code: str = Field(description="The digits.")
    friendly_name: str | None = Field(description="Its name.")
    sms_url: str | None = Field(description="Web app that is asked about messages to it.")
    sms_method: str = Field(description="GET or POST.")
    sms_fallback_url: str | None = Field(description="Asked when sms_url fails.")
    sms_fallback_method: str = Field(description="GET or POST.")
    date_created: datetime | None = Field(description="When it was added.")
    date_updated: datetime | None = Field(description="When it was changed last.")
    revision: int = Field(description="Counts its changes from 1; its ETag, for If-Match.")


class ShortCodePage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    short_codes: list[ShortCodeShown] = Field(description="The rows.")
    next_before: str | None = Field(description="The value of `before` that leads on; null on the last page.")


_GONE = refused(404, "The account has no such short code.")
_CONFLICT = refused(409, "The short code belongs to an account of this server already.")


def routes(ports: Ports) -> APIRouter:
    """List, create, show, update, delete."""
    storage = ports.storage
    router = APIRouter(prefix="/ShortCodes", tags=["Short codes"])

    @router.get("", summary="List short codes", responses=ERRORS)
    async def list_short_codes(caller: AsCaller, limit: Limit = PAGE, before: Before = None) -> ShortCodePage:
        found, next_before = await page_of(caller, storage, ShortCode, limit, before)
        return ShortCodePage(
            short_codes=[ShortCodeShown.model_validate(short_code) for short_code in found], next_before=next_before
        )

    @router.post("", summary="Add a short code", status_code=201, responses={**ERRORS, **_CONFLICT})
    async def create(caller: AsCaller, fields: ShortCodeFields, response: Response) -> ShortCodeShown:
        given = fields.model_dump(exclude_unset=True)
        short_code = await caller.write(storage, lambda unit, account: create_short_code(unit, account, given))
        tagged(response, short_code)
        return ShortCodeShown.model_validate(short_code)

    @router.get("/{sid}", summary="Show a short code", responses={**ERRORS, **_GONE})
    async def show(caller: AsCaller, sid: str, response: Response) -> ShortCodeShown:
        short_code = await caller.read(storage, lambda unit, account: own_short_code(unit, account, sid))
        tagged(response, short_code)
        return ShortCodeShown.model_validate(short_code)

    @router.post("/{sid}", summary="Update a short code", responses={**ERRORS, **_GONE, **MISMATCH})
    async def update(
        caller: AsCaller, sid: str, settings: ShortCodeSettings, expected: IfMatch, response: Response
    ) -> ShortCodeShown:
        given = settings.model_dump(exclude_unset=True)

        def work(unit: UnitOfWork, account: Account) -> ShortCode:
            expect_revision(unit, own_short_code(unit, account, sid), expected)
            return update_short_code(unit, account, sid, given)

        short_code = await caller.write(storage, work)
        tagged(response, short_code)
        return ShortCodeShown.model_validate(short_code)

    @router.delete("/{sid}", summary="Delete a short code", status_code=204, responses={**ERRORS, **_GONE, **MISMATCH})
    async def delete(caller: AsCaller, sid: str, expected: IfMatch) -> Response:
        def work(unit: UnitOfWork, account: Account) -> None:
            expect_revision(unit, own_short_code(unit, account, sid), expected)
            delete_short_code(unit, account, sid)

        await caller.write(storage, work)
        return Response(status_code=204)

    return router
