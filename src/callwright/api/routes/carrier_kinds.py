"""/v1/CarrierKinds: what kinds of SMS carriers there are, and what each can be set to."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.caller import AsCaller
from callwright.api.refusal import ERRORS
from callwright.model.resources.account import Account
from callwright.usecases.ports import Ports, UnitOfWork


class CarrierSettingShown(BaseModel):
    """One setting of a kind."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(description="Its name in `settings` or `secrets`.")
    type: str = Field(description="What it accepts, in words.")
    description: str = Field(description="What it means.")
    is_required: bool = Field(description="Whether a carrier of the kind needs it.")
    is_secret: bool = Field(description="Whether it is given in `secrets` instead of `settings`, and never shown.")
    default: Any = Field(description="null when there is none.")


class CarrierKindShown(BaseModel):
    """A kind of carrier."""

    name: str = Field(description="The value of `kind` of a carrier.")
    summary: str = Field(description="What it is for.")
    settings: list[CarrierSettingShown] = Field(description="What it can be set to.")


class CarrierKindList(BaseModel):
    """All kinds there are, by name."""

    carrier_kinds: list[CarrierKindShown] = Field(description="The kinds.")


def routes(ports: Ports) -> APIRouter:
    """The list."""
    router = APIRouter(prefix="/CarrierKinds", tags=["Carriers"])

    @router.get("", summary="List the kinds of carriers", responses=ERRORS)
    async def list_kinds(caller: AsCaller) -> CarrierKindList:
        await caller.read(ports.storage, _nothing)
        return CarrierKindList(
            carrier_kinds=[
                CarrierKindShown(
                    name=name,
                    summary=summary,
                    settings=[CarrierSettingShown.model_validate(one) for one in ports.carriers.settings_of(name)],
                )
                for name, summary in ports.carriers.kinds().items()
            ]
        )

    return router


def _nothing(unit: UnitOfWork, account: Account) -> None:
    """The kinds are not stored; only who asks is checked."""
