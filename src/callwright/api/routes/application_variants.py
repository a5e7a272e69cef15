"""/v1/Applications/{sid}/Variants: how the variants of an application do."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callwright.api.caller import AsCaller
from callwright.api.refusal import ERRORS, refused
from callwright.model.resources.application import Application
from callwright.model.variants import Channel
from callwright.usecases.guard_variant import FIELDS
from callwright.usecases.owned import owned
from callwright.usecases.ports import Ports
from callwright.usecases.variant_tallies import Variant


class VariantShown(BaseModel):
    """One URL that takes a share of the calls or messages, and how it did within the window."""

    url: str = Field(description="The URL of the variant.")
    weight: float = Field(description="Its share in percent.")
    requests: int = Field(description="Documents asked of it within the window.")
    failures: int = Field(description="Those of them that failed: no answer, an error status, unusable TwiML.")
    failure_percent: float = Field(description="failures of requests, in percent; 0 when there were none.")
    window_s: int = Field(description="Length of the window in seconds: the guard's, 300 without one.")


class VariantsShown(BaseModel):
    """The variants of an application. Counts are those of this server process since its start."""

    application_sid: str = Field(description="The application's SID.")
    guard: dict[str, Any] | None = Field(
        description="variant_guard of the application: when a variant is taken away; null: never."
    )
    voice: list[VariantShown] = Field(description="Variants of voice_url.")
    sms: list[VariantShown] = Field(description="Variants of sms_url.")


def routes(ports: Ports) -> APIRouter:
    """Show them."""
    router = APIRouter(prefix="/Applications", tags=["Applications"])

    @router.get(
        "/{sid}/Variants",
        summary="Show how the variants of an application do",
        responses={**ERRORS, **refused(404, "The account has no such application.")},
    )
    async def show(caller: AsCaller, sid: str) -> VariantsShown:
        application = await caller.read(
            ports.storage, lambda unit, account: owned(unit, account, Application, sid, "application")
        )
        return VariantsShown(
            application_sid=sid,
            guard=application.variant_guard,
            voice=_shown(ports, application, "voice"),
            sms=_shown(ports, application, "sms"),
        )

    return router


def _shown(ports: Ports, application: Application, channel: Channel) -> list[VariantShown]:
    field, _ = FIELDS[channel]
    return [_one(ports, application, channel, variant) for variant in getattr(application, field)]


def _one(ports: Ports, application: Application, channel: Channel, variant: dict[str, Any]) -> VariantShown:
    limits = application.variant_guard
    tally = ports.variant_tallies.tally(Variant(application.sid, channel, variant["url"]), limits, ports.now())
    return VariantShown(
        url=variant["url"],
        weight=variant["weight"],
        requests=tally.requests,
        failures=tally.failures,
        failure_percent=round(tally.failure_percent, 1),
        window_s=tally.window_s,
    )
