"""Count what the variants of an application are asked, and take one away that fails too often.

Taking it away is a revision of the application, made by `guard`, so that history can put the variant back.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from callwright.model.actor import Actor
from callwright.model.notices import VARIANT_TAKEN_AWAY
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.message import Message
from callwright.usecases.ports import Ports, StorageUnavailable, UnitOfWork
from callwright.usecases.report_problem import Problem, report_problem, without_credentials
from callwright.usecases.variant_tallies import Tally, Variant

log = structlog.get_logger()

#: Who changes the application then.
GUARD = "guard"
#: Where an application keeps the variants of each channel, and the URL that takes the rest.
FIELDS = {"voice": ("voice_variants", "voice_url"), "sms": ("sms_variants", "sms_url")}


async def count_variant(ports: Ports, subject: Call | Message, url: str, *, has_failed: bool) -> None:
    """Count the request for a document of a call or message, if a variant of its application is whom it went to.

    `url` is what was asked: further documents count too while they come from the variant's own server. Costs
    nothing for other calls and messages. Never fails: they go on also when the guard cannot do its work.
    """
    if subject.route.get("variant") is None:
        return
    variant = _variant_of(subject)
    if variant is None or _origin(url) != _origin(variant.url):
        return
    try:
        await _count(ports, subject, variant, has_failed=has_failed)
    except StorageUnavailable as error:
        log.warning("a variant could not be looked after", application_sid=variant.application_sid, error=str(error))


def _variant_of(subject: Call | Message) -> Variant | None:
    url = subject.route.get("url")
    if subject.application_sid is None or not url:
        return None
    return Variant(subject.application_sid, "voice" if isinstance(subject, Call) else "sms", url)


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:  # no URL at all: nobody's
        return "", ""
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()


async def _count(ports: Ports, subject: Call | Message, variant: Variant, *, has_failed: bool) -> None:
    tallies = ports.variant_tallies
    if has_failed or not tallies.is_watched(variant):  # the limits may have been changed since
        application = await ports.storage.read(lambda unit: unit.get(Application, variant.application_sid))
        tallies.watch(variant, application.variant_guard if application is not None else None)
    tally = tallies.count(variant, ports.now(), has_failed=has_failed)
    if tally is None:
        return
    taking = TakingAway(variant, tally, subject)
    if await ports.storage.write(taking.perform, Actor(GUARD, reason=taking.reason)):
        tallies.forget(variant)


@dataclass(frozen=True)
class TakingAway:
    """A variant that failed too often, with its counts and the call or message that it failed last."""

    variant: Variant
    tally: Tally
    subject: Call | Message

    @property
    def reason(self) -> str:
        tally, url = self.tally, without_credentials(self.variant.url)
        _, main = FIELDS[self.variant.channel]
        return (
            f"{tally.failures} of {tally.requests} requests to {url[:300]} failed ({tally.failure_percent:.0f} %) "
            f"within {tally.window_s} s: variant taken away; its share goes to {main} again."
        )

    def perform(self, unit: UnitOfWork) -> bool:
        """Take it away, if it is still there and its limits still say so, and tell the debugger.

        Whether the application is without it now, so that its counts mean nothing anymore.
        """
        application = unit.get(Application, self.variant.application_sid, for_update=True)
        if application is None:
            return True
        field, main = FIELDS[self.variant.channel]
        variants = getattr(application, field)
        kept = [variant for variant in variants if variant["url"] != self.variant.url]
        if len(kept) == len(variants) or not getattr(application, main):  # there is nothing better to go to
            return True
        if not self.tally.exceeds(application.variant_guard):
            return False
        unit.update(application, {field: kept})
        text = f"Application {application.sid}: {self.reason} Put it back: callwright revisions undo {unit.group_id}."
        report_problem(unit, self.subject, Problem(VARIANT_TAKEN_AWAY, text, is_warning=True, url=self.variant.url))
        return True
