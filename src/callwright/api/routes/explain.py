"""/v1/Explain: what would happen to a call or message, by which rules, and what to know about it."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callwright.api.caller import AsCaller
from callwright.api.moments import WRITTEN, moment_named
from callwright.api.refusal import ERRORS, refused
from callwright.api.route_shown import RouteShown, route_shown, without_credentials_in
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.short_code import ShortCode
from callwright.model.resources.trunk import Trunk
from callwright.model.variants import Channel
from callwright.usecases.explain import explain
from callwright.usecases.explanation import Asked, Caution, Explanation, Outcome
from callwright.usecases.ports import Ports, UnitOfWork


class NumberExplained(BaseModel):
    """The number or short code of this server."""

    sid: str = Field(description="PN… or SC….")
    account_sid: str = Field(description="Whose it is.")
    number: str = Field(description="In E.164, or the short code.")
    friendly_name: str | None = Field(description="Its name.")
    revision: int = Field(description="Its revision now.")


class ApplicationExplained(BaseModel):
    """The application that decides."""

    sid: str = Field(description="AP….")
    friendly_name: str | None = Field(description="Its name.")
    revision: int = Field(description="Its revision now.")
    date_updated: datetime | None = Field(description="When it was changed last.")


class WayExplained(BaseModel):
    """A trunk or carrier."""

    sid: str = Field(description="TK… or CR….")
    friendly_name: str = Field(description="Its name.")


class OutcomeShown(BaseModel):
    """What comes of it."""

    kind: Literal["webhook", "kept", "refused", "dialed", "sent"] = Field(
        description="webhook: the web app is asked. kept: a message that nobody is asked about. refused. dialed: the "
        "call goes out. sent: the message goes out."
    )
    text: str = Field(description="The same in words.")
    url: str | None = Field(description="The first URL that is asked.")
    method: str | None = Field(description="GET or POST.")
    code: int | None = Field(description="Why it is refused, as the debugger or the API tells it.")
    cause: str | None = Field(description="Why it is refused.")
    fix: str | None = Field(description="What to do about it.")
    sip_status: int | None = Field(description="What the caller's carrier is answered.")


class WarningShown(BaseModel):
    """Something that is right by the rules, and may yet not be what is wanted."""

    kind: str = Field(
        description="account-not-active, application-deleted, url-empty, no-trunk, no-carrier, "
        "carrier-not-connected, open, closed, variant, variant-unknown-caller, url-failed, refused-before or "
        "scheduled-change."
    )
    text: str = Field(description="What is the matter.")
    fix: str | None = Field(description="What to do about it.")
    at: datetime | None = Field(description="When it happened, or will.")


class ExplanationShown(BaseModel):
    """Dates in ISO 8601, UTC."""

    direction: Literal["inbound", "outbound"] = Field(
        description="inbound, or outbound when `from` is the number of this server."
    )
    channel: Channel = Field(description="voice or sms.")
    to: str = Field(description="In E.164 where it can be told.")
    from_: str = Field(serialization_alias="from", description="Who calls or writes, as `to` is written.")
    at: datetime = Field(description="The moment it is explained for.")
    account_sid: str = Field(description="The account of the number: a subaccount's numbers are explained too.")
    number: NumberExplained | None = Field(description="The number or short code it is about.")
    application: ApplicationExplained | None = Field(description="The application that decides; null when none does.")
    way: WayExplained | None = Field(description="The trunk or carrier that brings or takes it, where it is known.")
    ways: list[WayExplained] = Field(description="The trunks or carriers that could, best first where it goes out.")
    route: RouteShown | None = Field(description="The object that is kept with a real call or message.")
    outcome: OutcomeShown = Field(description="What would happen.")
    warnings: list[WarningShown] = Field(description="What to know about it.")


_Address = Annotated[str, Query(max_length=400, pattern=r"^[^\x00]*$")]
_Way = Annotated[str | None, Query(max_length=34)]


def routes(ports: Ports) -> APIRouter:
    """Explain one call or message."""
    router = APIRouter(prefix="/Explain", tags=["Explain"])

    @router.get(
        "", summary="Explain a call or message", responses={**ERRORS, **refused(404, "No such trunk or carrier.")}
    )
    async def explain_one(
        caller: AsCaller,
        to: Annotated[_Address, Query(description="The number that is called or written to, in E.164.")],
        from_: Annotated[
            _Address, Query(alias="from", description="Who calls or writes; decides on variants. Default: withheld.")
        ] = "",
        channel: Annotated[Channel, Query(description="voice or sms.")] = "voice",
        trunk_sid: Annotated[
            _Way, Query(description="The trunk that brings the call: To and From are read as it writes them.")
        ] = None,
        carrier_sid: Annotated[_Way, Query(description="The carrier that brings the message.")] = None,
        at: Annotated[
            datetime | None,
            moment_named("at"),
            Query(description=f"The moment; default now, and settings are today's. {WRITTEN}"),
        ] = None,
    ) -> ExplanationShown:
        asked = Asked(to, from_, channel, trunk_sid, carrier_sid, at)

        def work(unit: UnitOfWork, account: Account) -> Explanation:
            return explain(unit, account, asked, ports.settings, ports.carriers)

        return _shown(await caller.read(ports.storage, work))

    return router


def _shown(found: Explanation) -> ExplanationShown:
    return ExplanationShown(
        direction=found.direction,
        channel=found.channel,
        to=found.to,
        from_=found.from_,
        at=found.at,
        account_sid=found.account.sid,
        number=_number(found.number) if found.number else None,
        application=_application(found.application) if found.application else None,
        way=_way(found.way) if found.way else None,
        ways=[_way(one) for one in found.ways],
        route=route_shown(found.route.as_dict()) if found.route else None,
        outcome=_outcome(found.outcome),
        warnings=[_warning(one) for one in found.cautions],
    )


def _number(number: IncomingPhoneNumber | ShortCode) -> NumberExplained:
    return NumberExplained(
        sid=number.sid,
        account_sid=number.account_sid,
        number=number.short_code if isinstance(number, ShortCode) else number.phone_number,
        friendly_name=number.friendly_name,
        revision=number.revision,
    )


def _application(application: Application) -> ApplicationExplained:
    return ApplicationExplained(
        sid=application.sid,
        friendly_name=application.friendly_name,
        revision=application.revision,
        date_updated=application.date_updated,
    )


def _way(way: Trunk | Carrier) -> WayExplained:
    return WayExplained(sid=way.sid, friendly_name=way.friendly_name)


def _outcome(outcome: Outcome) -> OutcomeShown:
    refusal = outcome.refusal
    return OutcomeShown(
        kind=outcome.kind,
        text=without_credentials_in(outcome.text) or "",
        url=without_credentials_in(outcome.url),
        method=outcome.method,
        code=refusal.code if refusal else None,
        cause=refusal.cause if refusal else None,
        fix=(refusal.fix or None) if refusal else None,
        sip_status=refusal.sip_status if refusal else None,
    )


def _warning(caution: Caution) -> WarningShown:
    text = without_credentials_in(caution.text) or ""
    return WarningShown(kind=caution.kind, text=text, fix=caution.fix, at=caution.at)
