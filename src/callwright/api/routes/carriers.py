"""/v1/Carriers: the account's connections to SMS carriers."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.body import Body
from callwright.api.caller import AsCaller
from callwright.api.paging import PAGE, Before, Limit, page_of
from callwright.api.preconditions import MISMATCH, IfMatch, tagged
from callwright.api.refusal import ERRORS, refused
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.usecases.carrier_settings import own_carrier, shown_secrets
from callwright.usecases.create_carrier import create_carrier
from callwright.usecases.delete_carrier import delete_carrier
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.ports import Carriers, CarrierState, Ports, UnitOfWork
from callwright.usecases.update_carrier import update_carrier


class CarrierFields(Body):
    """What can be set; leave a field out to keep it (or its default), send null for the default again."""

    friendly_name: str | None = Field(None, description="1 to 64 characters, unique in the account; needed to create.")
    kind: str | None = Field(None, description="A kind of /v1/CarrierKinds; needed to create, and fixed from then on.")
    priority: int | None = Field(None, description="Lower is tried first; default 10.")
    senders: list[str] | None = Field(
        None, description="Only these numbers, short codes and names send by it, a prefix ends in `*`; default all."
    )
    destinations: list[str] | None = Field(
        None, description="Only to numbers with these prefixes in E.164, such as +49; default all."
    )
    messages_per_second: float | None = Field(
        None, description="Most messages handed over per second; default as fast as the carrier takes them."
    )
    retry_unacknowledged: bool | None = Field(
        None,
        description="Hand a message over again when the link was lost before the carrier's answer: it may arrive "
        "twice. Default false (loopback: true).",
    )
    is_enabled: bool | None = Field(None, description="Whether it connects; default true.")
    settings: dict[str, Any] | None = Field(
        None, description="Settings of the kind that are not secret, by name; names left out stay as they are."
    )
    secrets: dict[str, str | None] | None = Field(
        None,
        description="Secret settings of the kind, by name: text, which is sealed and never shown again, or "
        "`env:NAME` for a variable of the server's environment. null removes one; names left out stay.",
    )


class CarrierConnection(BaseModel):
    """How the connection is now, on the server that answers."""

    model_config = ConfigDict(from_attributes=True)

    state: str = Field(description="One word, such as bound, connecting, ready, disabled or stopped.")
    is_ready: bool = Field(description="Whether messages can be handed over now.")
    detail: str | None = Field(description="Cause and fix where it is not ready.")
    since: datetime | None = Field(description="Since when it is in that state.")


class CarrierShown(BaseModel):
    """A carrier as it is stored, and its connection; dates in ISO 8601, UTC."""

    sid: str = Field(description="CR….")
    account_sid: str = Field(description="Whose it is.")
    friendly_name: str = Field(description="Its name, unique in the account.")
    kind: str = Field(description="A kind of /v1/CarrierKinds.")
    priority: int = Field(description="Lower is tried first.")
    senders: list[str] = Field(description="Who may send by it; empty: all.")
    destinations: list[str] = Field(description="Prefixes of the numbers it takes; empty: all.")
    messages_per_second: float | None = Field(
        description="Most messages handed over per second; null: as fast as it takes them."
    )
    retry_unacknowledged: bool = Field(
        description="Whether a message is handed over again when the link was lost before the answer."
    )
    is_enabled: bool = Field(description="Whether it connects.")
    settings: dict[str, Any] = Field(description="Settings of the kind that are not secret.")
    secrets: dict[str, str | None] = Field(description="For each secret: `set`, `env:NAME`, or null if there is none.")
    connection: CarrierConnection = Field(description="How its connection is now.")
    date_created: datetime | None = Field(description="When it was made.")
    date_updated: datetime | None = Field(description="When it was changed last.")
    revision: int = Field(description="Counts its changes from 1; its ETag, for If-Match.")


class CarrierPage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    carriers: list[CarrierShown] = Field(description="The rows.")
    next_before: str | None = Field(description="The value of `before` that leads on; null on the last page.")


_OWN = frozenset({"connection", "secrets"})
_ONE = {**ERRORS, **refused(404, "The account has no such carrier.")}
_CONFLICT = refused(409, "The account has a carrier of that name already, or as many as it may have.")


def routes(ports: Ports) -> APIRouter:
    """List, create, show, update, delete."""
    router = APIRouter(prefix="/Carriers", tags=["Carriers"])
    storage, carriers, secrets = ports.storage, ports.carriers, ports.secrets

    @router.get("", summary="List carriers", responses=ERRORS)
    async def list_carriers(caller: AsCaller, limit: Limit = PAGE, before: Before = None) -> CarrierPage:
        found, next_before = await page_of(caller, storage, Carrier, limit, before)
        return CarrierPage(carriers=[_shown(carriers, carrier) for carrier in found], next_before=next_before)

    @router.post("", summary="Create a carrier", status_code=201, responses={**ERRORS, **_CONFLICT})
    async def create(caller: AsCaller, fields: CarrierFields, response: Response) -> CarrierShown:
        given = fields.model_dump(exclude_unset=True)

        def work(unit: UnitOfWork, account: Account) -> Carrier:
            return create_carrier(unit, account, given, carriers, secrets)

        carrier = await caller.write(storage, work)
        tagged(response, carrier)
        return _shown(carriers, carrier)

    _add_one(router, ports)
    return router


def _add_one(router: APIRouter, ports: Ports) -> None:
    storage, carriers, secrets = ports.storage, ports.carriers, ports.secrets

    @router.get("/{sid}", summary="Show a carrier", responses=_ONE)
    async def show(caller: AsCaller, sid: str, response: Response) -> CarrierShown:
        carrier = await caller.read(storage, lambda unit, account: own_carrier(unit, account, sid))
        tagged(response, carrier)
        return _shown(carriers, carrier)

    @router.post("/{sid}", summary="Update a carrier", responses={**_ONE, **_CONFLICT, **MISMATCH})
    async def update(
        caller: AsCaller, sid: str, fields: CarrierFields, expected: IfMatch, response: Response
    ) -> CarrierShown:
        given = fields.model_dump(exclude_unset=True)

        def work(unit: UnitOfWork, account: Account) -> Carrier:
            expect_revision(unit, own_carrier(unit, account, sid), expected)
            return update_carrier(unit, account, sid, given, carriers, secrets)

        carrier = await caller.write(storage, work)
        tagged(response, carrier)
        return _shown(carriers, carrier)

    @router.delete("/{sid}", summary="Delete a carrier", status_code=204, responses={**_ONE, **MISMATCH})
    async def delete(caller: AsCaller, sid: str, expected: IfMatch) -> Response:
        def work(unit: UnitOfWork, account: Account) -> None:
            expect_revision(unit, own_carrier(unit, account, sid), expected)
            delete_carrier(unit, account, sid)

        await caller.write(storage, work)
        return Response(status_code=204)


def _shown(carriers: Carriers, carrier: Carrier) -> CarrierShown:
    fields = {name: getattr(carrier, name) for name in CarrierShown.model_fields if name not in _OWN}
    connection = CarrierConnection.model_validate(_state(carriers, carrier))
    return CarrierShown(**fields, connection=connection, secrets=shown_secrets(carriers, carrier))


def _state(carriers: Carriers, carrier: Carrier) -> CarrierState:
    if not carrier.is_enabled:
        return CarrierState("disabled", is_ready=False, detail="It is switched off: set is_enabled to connect it.")
    return carriers.state(carrier.sid)
