"""/v1/ShortCodes: add and delete short codes. What they do is set by the 2010-04-01 API (SMS/ShortCodes)."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.caller import AsCaller
from callwright.api.paging import PAGE, Before, Limit, page_of
from callwright.api.refusal import ERRORS, refused
from callwright.model.resources.short_code import ShortCode
from callwright.usecases.create_short_code import create_short_code
from callwright.usecases.delete_short_code import delete_short_code
from callwright.usecases.ports import Ports


class ShortCodeFields(BaseModel):
    """A short code that a carrier has given you, and where its messages go."""

    model_config = ConfigDict(extra="forbid", strict=True)

    short_code: str = Field(description="3 to 8 digits, unique on the server.")
    friendly_name: str | None = Field(None, description="At most 64 characters; default the short code itself.")
    sms_url: str | None = Field(None, description="Web app that is asked about messages to it.")
    sms_method: str | None = Field(None, description="GET or POST (default).")
    sms_fallback_url: str | None = Field(None, description="Asked when sms_url fails.")
    sms_fallback_method: str | None = Field(None, description="GET or POST (default).")


class ShortCodeShown(BaseModel):
    """A short code as it is stored; dates in ISO 8601, UTC."""

    model_config = ConfigDict(from_attributes=True)

    sid: str
    account_sid: str
    short_code: str
    friendly_name: str | None
    sms_url: str | None
    sms_method: str
    sms_fallback_url: str | None
    sms_fallback_method: str
    date_created: datetime | None
    date_updated: datetime | None


class ShortCodePage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    short_codes: list[ShortCodeShown]
    next_before: str | None


_GONE = refused(404, "The account has no such short code.")
_CONFLICT = refused(409, "The short code belongs to an account of this server already.")


def routes(ports: Ports) -> APIRouter:
    """List, create, delete."""
    storage = ports.storage
    router = APIRouter(prefix="/ShortCodes", tags=["Short codes"])

    @router.get("", summary="List short codes", responses=ERRORS)
    async def list_short_codes(caller: AsCaller, limit: Limit = PAGE, before: Before = None) -> ShortCodePage:
        found, next_before = await page_of(caller, storage, ShortCode, limit, before)
        return ShortCodePage(
            short_codes=[ShortCodeShown.model_validate(short_code) for short_code in found], next_before=next_before
        )

    @router.post("", summary="Add a short code", status_code=201, responses={**ERRORS, **_CONFLICT})
    async def create(caller: AsCaller, fields: ShortCodeFields) -> ShortCodeShown:
        given = fields.model_dump(exclude_unset=True)
        short_code = await caller.write(storage, lambda unit, account: create_short_code(unit, account, given))
        return ShortCodeShown.model_validate(short_code)

    @router.delete("/{sid}", summary="Delete a short code", status_code=204, responses={**ERRORS, **_GONE})
    async def delete(caller: AsCaller, sid: str) -> Response:
        await caller.write(storage, lambda unit, account: delete_short_code(unit, account, sid))
        return Response(status_code=204)

    return router
