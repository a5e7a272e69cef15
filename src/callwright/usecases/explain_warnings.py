"""What Explain warns of: things about the way that are right by the rules, and may yet not be what is wanted."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qs

from callwright.model.exchange import Exchange, endpoint_of
from callwright.model.opening_hours import closed_target, is_open, next_change
from callwright.model.resources.application import Application
from callwright.model.resources.notification import Notification
from callwright.model.resources.scheduled_change import OPEN_STATUSES, ScheduledChange
from callwright.model.routing import Route
from callwright.model.variants import is_withheld
from callwright.usecases.explanation import Caution, Explanation
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.refusal import shown_address
from callwright.usecases.report_problem import without_credentials

_MOST_CHANGES = 20
_MOST_NOTIFICATIONS = 100


def cautions_of(unit: UnitOfWork, explanation: Explanation) -> tuple[Caution, ...]:
    """All of them, those that keep it from being answered first."""
    found = [
        *_of_targets(explanation),
        *_of_ways(explanation),
        *_of_application(explanation),
        *_of_failures(unit, explanation),
        *_of_notifications(unit, explanation),
        *_of_changes(unit, explanation),
    ]
    return tuple(found)


def _of_targets(explanation: Explanation) -> Iterator[Caution]:
    route, number = explanation.route, explanation.number
    if explanation.account.status != "active":
        text = f"Account {explanation.account.sid} is {explanation.account.status}"
        yield Caution("account-not-active", text, "make it active again")
    if not isinstance(route, Route) or explanation.direction == "outbound" or number is None:
        return
    if route.source == "application" and explanation.application is None:
        yield Caution("application-deleted", f"Application {route.application_sid} is gone", route.fix)
    elif not route.url and route.source != "trunk":
        owner = "the application" if route.source == "application" else f"the {route.source}"
        name = "VoiceUrl" if explanation.channel == "voice" else "SmsUrl"
        yield Caution("url-empty", f"{owner[0].upper()}{owner[1:]} has no {name}", f"set {name}")


def _of_ways(explanation: Explanation) -> Iterator[Caution]:
    """That nothing can bring it. What goes out tells that by its outcome."""
    if explanation.direction == "outbound" or explanation.ways:
        return
    if explanation.channel == "voice":
        fix = "callwright trunks add NAME --allow CIDR"
        yield Caution("no-trunk", "The account has no trunk that would bring a call", fix)
    else:
        fix = "callwright carriers add NAME KIND"
        yield Caution("no-carrier", "The account has no carrier that would bring a message", fix)


def _of_application(explanation: Explanation) -> Iterator[Caution]:
    application, route = explanation.application, explanation.route
    if application is None or not isinstance(route, Route):
        return
    yield from _of_hours(application, explanation)
    if route.is_closed:
        return
    is_voice = explanation.channel == "voice"
    for index, variant in enumerate(application.voice_variants if is_voice else application.sms_variants):
        ours = " (this one does)" if route.variant == index else ""
        text = f"{variant['weight']} % of the callers go to variant {index}{ours}: {variant['url']}"
        yield Caution("variant", text, None)
        if index == 0 and is_withheld(explanation.from_):
            yield Caution("variant-unknown-caller", "Without From, it is told as for a caller who withholds the number")


def _of_hours(application: Application, explanation: Explanation) -> Iterator[Caution]:
    hours = application.opening_hours
    if not hours or not closed_target(hours, explanation.channel)[0]:
        return
    change = next_change(hours, explanation.at)
    now_open = is_open(hours, explanation.at)
    then = f"{'closes' if now_open else 'opens'} at {_moment(change)}" if change else "that never changes"
    yield Caution("open" if now_open else "closed", f"It is {'open' if now_open else 'closed'}: {then}", at=change)


def _of_failures(unit: UnitOfWork, explanation: Explanation) -> Iterator[Caution]:
    """The last failure of each URL that would be asked, and whether it has answered since."""
    route = explanation.route
    if not isinstance(route, Route) or explanation.direction == "outbound":
        return
    for url in dict.fromkeys((route.url, route.fallback_url, route.status_callback)):
        if url:
            yield from _of_url(unit, explanation.account.sid, url)


def _of_url(unit: UnitOfWork, account_sid: str, url: str) -> Iterator[Caution]:
    of_url = [Condition("account_sid", account_sid), Condition("endpoint", endpoint_of(url))]
    failure = unit.find(Exchange, *of_url, Condition("is_failure", True))
    if failure is None:
        return
    newest = unit.find(Exchange, *of_url)
    since = "it has answered since" if newest is not None and not newest.is_failure else "nothing has been asked since"
    reason = failure.error or f"it answered {failure.status_code}"
    text = f"{without_credentials(url)} failed at {_moment(failure.date_created)}, {since}: {reason}"
    yield Caution("url-failed", text, f"callwright exchanges show {failure.sid}", failure.date_created)


def _of_notifications(unit: UnitOfWork, explanation: Explanation) -> Iterator[Caution]:
    """The newest that tells of a refusal at this number before it had a row."""
    mine = [Condition("account_sid", explanation.account.sid)]
    for told in unit.select(Notification, mine, limit=_MOST_NOTIFICATIONS):
        is_refusal = told.call_sid is None and told.message_sid is None and told.request_variables
        if is_refusal and parse_qs(told.request_variables or "").get("To") == [shown_address(explanation.to)]:
            text = f"Refused at {_moment(told.message_date)} ({told.error_code}): {told.message_text}"
            yield Caution("refused-before", text, at=told.message_date)
            return


def _of_changes(unit: UnitOfWork, explanation: Explanation) -> Iterator[Caution]:
    targets = [one.sid for one in (explanation.number, explanation.application) if one is not None]
    if not targets:
        return
    mine = Condition("account_sid", explanation.account.sid)
    of_targets = [mine, Condition("target_sid", targets, "in"), Condition("status", list(OPEN_STATUSES), "in")]
    for change in unit.select(ScheduledChange, of_targets, limit=_MOST_CHANGES):
        moment = change.next_moment
        what = "is put back" if change.status == "active" else "takes effect"
        names = ", ".join(sorted(change.changes))
        text = f"Scheduled change {change.sid} of {change.target_sid} ({names}) {what} at {_moment(moment)}"
        yield Caution("scheduled-change", text, at=moment)


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment is not None else "an unknown time"
