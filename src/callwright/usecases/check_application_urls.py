"""Check the URLs that a change gives an application or number, before it is stored."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from callwright.model.errors import ApiError
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.variants import Channel
from callwright.usecases.check_url import CheckResult, Sample, as_json, ask_url, reserve_check
from callwright.usecases.ports import Ports

Target = tuple[str, str, Channel]
_CHANNELS: tuple[Channel, ...] = ("voice", "sms")


class UrlsNotUsable(ApiError):
    """A URL did not answer with a usable document, so nothing was saved: make it answer, or send save_anyway=true."""

    code = 20422
    status = 422


async def check_changed_urls(
    ports: Ports, account: Account, holder: Application | IncomingPhoneNumber | None, settings: Mapping[str, Any]
) -> list[CheckResult]:
    """Ask each URL that the checked settings change (all there are, when there is no holder yet), all at once.

    Those that answer with TwiML: URLs, fallback URLs, variants and those for closed hours. However many there are,
    they are one of the account's checks. Raises TooManyChecks.
    """
    before = holder.__dict__ if holder is not None else {}
    had = set(_targets(before))
    # None in the settings clears a field, which is then as good as not there.
    changed = [one for one in dict.fromkeys(_targets({**before, **settings})) if one not in had]
    if not changed:
        return []
    await reserve_check(ports, account)
    sample = _sample(holder)
    async with asyncio.TaskGroup() as group:
        checks = [group.create_task(ask_url(ports, account, *target, sample)) for target in changed]
    return [check.result() for check in checks]


def _sample(holder: Application | IncomingPhoneNumber | None) -> Sample:
    """The values of a request that the URLs' holder would have sent."""
    if isinstance(holder, IncomingPhoneNumber):
        return Sample(to=holder.phone_number)
    return Sample(application_sid=holder.sid if holder is not None else None)


def refuse_unusable(results: list[CheckResult]) -> None:
    """Raises UrlsNotUsable, with all results in its details, when one is not usable."""
    unusable = [result for result in results if not result.is_usable]
    if unusable:
        first = unusable[0]
        fix = f" {first.fix}" if first.fix else ""
        raise UrlsNotUsable(
            f"{first.url} is not usable: {first.cause or first.verdict}{fix} Nothing was saved; send save_anyway=true "
            "to save all the same.",
            {"checks": [as_json(result) for result in results]},
        )


def _targets(settings: Mapping[str, Any]) -> Iterator[Target]:
    """URL, method and channel of all that an application or number with these settings asks for documents."""
    hours = settings.get("opening_hours") or {}
    for channel in _CHANNELS:
        method = settings.get(f"{channel}_method") or "POST"
        variants = settings.get(f"{channel}_variants") or ()
        candidates = [
            (settings.get(f"{channel}_url"), method),
            (settings.get(f"{channel}_fallback_url"), settings.get(f"{channel}_fallback_method") or "POST"),
            *((variant["url"], method) for variant in variants),
            (hours.get(f"closed_{channel}_url"), hours.get(f"closed_{channel}_method") or "POST"),
        ]
        yield from ((url, method, channel) for url, method in candidates if url)
