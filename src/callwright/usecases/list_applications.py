"""List an account's applications: by text, by tag, or those that no number uses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.usecases.application_use import numbers_by_use
from callwright.usecases.each_record import each_record
from callwright.usecases.ports import Condition, UnitOfWork

#: Rows looked at together; an account has a thousand applications, unless its server was told otherwise.
_BATCH = 500

_TEXTS = (
    *("friendly_name", "notes", "voice_url", "voice_fallback_url", "sms_url", "sms_fallback_url"),
    *("status_callback", "sms_status_callback", "message_status_callback"),
)


@dataclass(frozen=True)
class ApplicationSearch:
    """Which applications are asked for: those that meet all that is given.

    `text` is found anywhere in names, notes, URLs (those of variants and closed hours too) and tags, in any case.
    `friendly_name` is the whole name, `tag` a whole tag. `unused`: True for those that no number points at, False for
    the others.
    """

    friendly_name: str | None = None
    text: str | None = None
    tag: str | None = None
    unused: bool | None = None


def list_applications(
    unit: UnitOfWork, account: Account, wanted: ApplicationSearch, *, limit: int, before_sid: str | None
) -> list[Application]:
    """The newest `limit` of them that were created before that SID, newest first."""
    conditions = [Condition("account_sid", account.sid)]
    if wanted.friendly_name is not None:
        conditions.append(Condition("friendly_name", wanted.friendly_name))
    if wanted == ApplicationSearch(wanted.friendly_name):
        return unit.select(Application, conditions, limit=limit, before_sid=before_sid)
    found: list[Application] = []
    for batch in each_record(unit, Application, conditions, at_once=_BATCH, before_sid=before_sid):
        found += _matching(unit, batch, wanted)
        if len(found) >= limit:
            break
    return found[:limit]


def _matching(unit: UnitOfWork, batch: list[Application], wanted: ApplicationSearch) -> list[Application]:
    found = batch
    if wanted.tag is not None:
        found = [application for application in found if wanted.tag in application.tags]
    if wanted.text is not None:
        text = wanted.text.casefold()
        found = [application for application in found if text in _text_of(application)]
    if wanted.unused is not None and found:
        counts = numbers_by_use(unit, [application.sid for application in found])
        used = {sid for by_sid in counts.values() for sid in by_sid}
        found = [application for application in found if (application.sid not in used) == wanted.unused]
    return found


def _text_of(application: Application) -> str:
    """All that is searched, as one text: a thousand applications are looked at for one page."""
    values = application.__dict__
    texts = [values[name] for name in _TEXTS if values[name]]
    return "\n".join([*texts, *application.tags, *_urls_in(values)]).casefold()


def _urls_in(settings: Mapping[str, Any]) -> Iterator[str]:
    """URLs within variants and opening hours, as applications store them."""
    for name in ("voice_variants", "sms_variants"):
        yield from (variant["url"] for variant in settings.get(name) or ())
    hours = settings.get("opening_hours") or {}
    yield from filter(None, (hours.get("closed_voice_url"), hours.get("closed_sms_url")))
