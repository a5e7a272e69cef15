"""Numbers as /v1 shows them: with the names of their applications, and what would go wrong with a call or message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from callwright.model.number_search import own_target
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.routing import has_target
from callwright.model.variants import Channel
from callwright.usecases.ports import UnitOfWork

Kind = Literal["no_target", "application_deleted", "application_without_url", "trunk_not_supported"]
CHANNELS: tuple[Channel, ...] = ("voice", "sms")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a number on one channel, with what follows from it and what mends it."""

    channel: Channel
    kind: Kind
    message: str


@dataclass(frozen=True)
class NumberState:
    """A number, its applications (None: it names none, or one that is gone), and what is wrong with it."""

    number: IncomingPhoneNumber
    voice_application: Application | None
    sms_application: Application | None
    problems: tuple[Problem, ...]


def states_of(unit: UnitOfWork, numbers: Sequence[IncomingPhoneNumber]) -> list[NumberState]:
    """The numbers in their order, with what is known of them."""
    named = {sid for one in numbers for sid in (one.voice_application_sid, one.sms_application_sid) if sid}
    applications = unit.get_all(Application, sorted(named)) if named else {}
    return [_state(number, applications) for number in numbers]


def _state(number: IncomingPhoneNumber, applications: Mapping[str, Application]) -> NumberState:
    own = {channel: _application(number, channel, applications) for channel in CHANNELS}
    problems = [problem for channel in CHANNELS if (problem := _problem(number, channel, own[channel]))]
    return NumberState(number, own["voice"], own["sms"], tuple(problems))


def _application(
    number: IncomingPhoneNumber, channel: Channel, applications: Mapping[str, Application]
) -> Application | None:
    application = applications.get(getattr(number, f"{channel}_application_sid") or "")
    return application if application is not None and application.account_sid == number.account_sid else None


def _problem(number: IncomingPhoneNumber, channel: Channel, application: Application | None) -> Problem | None:
    """As routing goes: trunk, application, the number's own URL."""
    if not number.capabilities.get(channel):
        return None
    if channel == "voice" and number.trunk_sid:
        message = "Calls fail: they are not forwarded to trunks yet. Clear trunk_sid, set an application or voice_url."
        return Problem(channel, "trunk_not_supported", message)
    sid = getattr(number, f"{channel}_application_sid")
    what, lost = ("Calls", "fail") if channel == "voice" else ("Messages", "are kept, and nobody is asked")
    if sid and application is None:
        message = f"{what} fail: application {sid} does not exist anymore. Attach another one."
        return Problem(channel, "application_deleted", message)
    if application is not None and not has_target(application, channel):
        some = f"{what} that its variants leave" if getattr(application, f"{channel}_variants") else what
        message = f"{some} {lost}: application {application.sid} has no {channel}_url. Set one."
        return Problem(channel, "application_without_url", message)
    if not sid and not own_target(number, channel):
        fix = f"Set {channel}_application_sid or {channel}_url."
        return Problem(channel, "no_target", f"{what} {lost}: the number has neither application nor URL. {fix}")
    return None
