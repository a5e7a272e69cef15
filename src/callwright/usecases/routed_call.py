"""Where an incoming call goes: its number, the number's account and application, and the route, or why it is refused.

Answering calls and Explain both ask here, so that one cannot tell other than what the other does.
"""

from dataclasses import dataclass
from datetime import datetime

from callwright.model.notices import CALL_TO_UNKNOWN_NUMBER
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.model.routing import BAD_URL, Route, route_voice
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.refusal import Refusal, shown_address

INACTIVE_ACCOUNT = 10003
_NOT_FOUND, _FORBIDDEN, _UNAVAILABLE = 404, 403, 480


@dataclass(frozen=True)
class RoutedCall:
    """What was found, as far as it was looked for. Without `refusal` the route's web app is asked.

    A call that has a route has a row too, also when it is refused.
    """

    number: IncomingPhoneNumber | None = None
    owner: Account | None = None
    application: Application | None = None
    route: Route | None = None
    refusal: Refusal | None = None


def routed_call(
    unit: UnitOfWork,
    brought_by: str,
    dialed: str,
    caller: str,
    *,
    trunk: Trunk | None = None,
    at: datetime | None = None,
) -> RoutedCall:
    """Decide on a call to `dialed` from `caller` (E.164 where it can be told).

    `brought_by` is the account of the trunk that let it in; `trunk` is that trunk, where it is known. `at` is the
    moment of the call, if not now. Rows are read now, so that an edit answered before this moment counts.
    """
    number = unit.find(IncomingPhoneNumber, Condition("phone_number", dialed))
    owner = unit.get(Account, number.account_sid) if number else None
    if number is None or owner is None or brought_by not in (owner.sid, owner.owner_account_sid):
        return RoutedCall(refusal=_unknown(dialed))
    if owner.status != "active":
        return RoutedCall(number, owner, refusal=inactive(owner))
    application = unit.get(Application, number.voice_application_sid) if number.voice_application_sid else None
    if application is not None and application.account_sid != number.account_sid:
        application = None  # gone, for this account
    route = route_voice(number, application, caller=caller, now=at or unit.now, trunk=trunk)
    return RoutedCall(number, owner, application, route, _obstacle(number, route))


def _unknown(dialed: str) -> Refusal:
    cause = f"{shown_address(dialed)} is no number of this account or of a subaccount of it"
    fix = (
        "add it (callwright numbers create), or correct how the trunk writes numbers (callwright trunks update "
        "--country-code, --strip-prefix)"
    )
    return Refusal(CALL_TO_UNKNOWN_NUMBER, cause, fix, _NOT_FOUND)


def inactive(owner: Account) -> Refusal:
    """That the account takes and makes no calls."""
    return Refusal(INACTIVE_ACCOUNT, f"Account {owner.sid} is {owner.status}", "make it active again", _FORBIDDEN)


def _obstacle(number: IncomingPhoneNumber, route: Route) -> Refusal | None:
    if route.source == "trunk":
        cause = f"{number.phone_number} points at trunk {route.trunk_sid}, and calls are not forwarded to trunks yet"
        return Refusal(BAD_URL, cause, "clear its TrunkSid and give it an application or a VoiceUrl", _UNAVAILABLE)
    if route.error_code is not None and route.url is None:
        return Refusal(route.error_code, route.error or "", route.fix or "", _UNAVAILABLE)
    return None
