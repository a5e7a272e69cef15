"""Moments as people write them: ISO 8601 with an offset, or the wall clock's time in a time zone."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from callwright.model.errors import InvalidParameter
from callwright.model.opening_hours import checked_time_zone

_LONGEST = 40


def moment_of(value: Any, time_zone: str | None, name: str) -> datetime:
    """The moment in UTC of `value`, which a client gave under that name; `time_zone` as given beside it.

    A time that clocks show twice is the first of both. Raises InvalidParameter, also for a time that the clocks of the
    zone skip, and when it is not known which clock is meant.
    """
    written = _parsed(value, name)
    zone = checked_time_zone(time_zone, "time_zone") if time_zone is not None else None
    if written.tzinfo is not None:
        if zone is not None:
            raise InvalidParameter(f"{name} {value} has an offset already: leave it out, or leave time_zone out.")
        return _in_utc(written, value, name)
    if zone is None:
        raise InvalidParameter(
            f"{name} {value} names no clock: add an offset (2026-12-24T18:00+01:00, …Z for UTC), or give time_zone "
            "(Europe/Berlin)."
        )
    moment = _in_utc(written.replace(tzinfo=ZoneInfo(zone)), value, name)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != written:
        raise InvalidParameter(
            f"{name} {value} does not exist in {zone}: clocks go forward then. Give a time after it."
        )
    return moment


def moment_in_utc(value: Any, name: str) -> datetime:
    """The same of what nobody gives a time zone for: without an offset it is meant in UTC."""
    written = _parsed(value, name)
    return written.replace(tzinfo=UTC) if written.tzinfo is None else _in_utc(written, value, name)


def _parsed(value: Any, name: str) -> datetime:
    if isinstance(value, str) and len(value) <= _LONGEST and value.isascii():
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidParameter(
        f"{name} {ascii(value)[:80]} is no moment: give ISO 8601, for example 2026-12-24T18:00+01:00."
    )


def _in_utc(moment: datetime, value: Any, name: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidParameter(f"{name} {value} is beyond the calendar: give a year from 1 to 9999.") from error
