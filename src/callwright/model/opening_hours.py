"""Opening hours of an application: when its calls and messages go to its URLs, and when to those for closed hours.

A span belongs to the day it starts on, in the time zone's wall clock; `22:00-02:00` ends on the next day. An exception
replaces the spans of its date. On the day clocks go forward, a time that does not exist is the moment of the change; on
the day they go back, a span starts at the first and ends at the last of the two moments that have that time.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from callwright.model.errors import InvalidParameter
from callwright.model.json_settings import LONGEST_SHOWN, checked_url, shown
from callwright.model.variants import Channel

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_EXCEPTIONS = 400
MOST_SPANS = 12

_SPAN = re.compile(r"\s*(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)\s*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES
_DAY = timedelta(days=1)
#: How far ahead the next change is sought; a weekly span may not exist on the day clocks go forward.
_DAYS_AHEAD = 16
_KEYS = (
    *("time_zone", "week", "exceptions", "closed_voice_url", "closed_voice_method"),
    *("closed_sms_url", "closed_sms_method"),
)


def checked_opening_hours(value: Any, name: str = "opening_hours") -> dict[str, Any] | None:
    """Opening hours as they are stored, from what a client gave under that name; None clears.

    Raises InvalidParameter, naming the place, the cause and the fix.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidParameter(f"{name} {shown(value)} is no object: give time_zone and week, or null.")
    unknown = sorted(str(key) for key in value if key not in _KEYS)
    if unknown:
        raise InvalidParameter(f"{name} has no {shown(unknown[0])}: give {', '.join(_KEYS)}.")
    return {
        "time_zone": checked_time_zone(value.get("time_zone"), f"{name}.time_zone"),
        "week": _week(value.get("week"), f"{name}.week"),
        "exceptions": _exceptions(value.get("exceptions"), f"{name}.exceptions"),
        "closed_voice_url": _url(value.get("closed_voice_url"), f"{name}.closed_voice_url"),
        "closed_voice_method": _method(value.get("closed_voice_method"), f"{name}.closed_voice_method"),
        "closed_sms_url": _url(value.get("closed_sms_url"), f"{name}.closed_sms_url"),
        "closed_sms_method": _method(value.get("closed_sms_method"), f"{name}.closed_sms_method"),
    }


def is_open(hours: Mapping[str, Any], now: datetime) -> bool:
    """Whether that moment lies in a span. `hours` as stored; `now` with a time zone, any."""
    today = now.astimezone(_zone(hours["time_zone"])).date()
    return any(start <= now < end for day in (today, today - _DAY) for start, end in _spans(hours, day))


def next_change(hours: Mapping[str, Any], now: datetime) -> datetime | None:
    """The first moment after `now` (UTC) from which `is_open` answers otherwise; None when it never will."""
    is_open_now = is_open(hours, now)
    for day in _days_to_look_at(hours, now):
        for moment in sorted({moment for span in _spans(hours, day) for moment in span}):
            if moment > now and is_open(hours, moment) != is_open_now:
                return moment
    return None


def closed_target(hours: Mapping[str, Any], channel: Channel) -> tuple[str | None, str]:
    """URL and method for closed hours. Without that URL the channel is always open."""
    return hours.get(f"closed_{channel}_url"), hours.get(f"closed_{channel}_method") or "POST"


def _days_to_look_at(hours: Mapping[str, Any], now: datetime) -> list[date]:
    today = now.astimezone(_zone(hours["time_zone"])).date()
    days = {today + step * _DAY for step in range(-1, _DAYS_AHEAD)}
    for text in hours.get("exceptions") or ():
        exception = date.fromisoformat(text)
        # The week goes on after the last exception.
        if today <= exception < date.max - _DAYS_AHEAD * _DAY:
            days |= {exception + step * _DAY for step in range(-1, 9)}
    return sorted(days)


def _spans(hours: Mapping[str, Any], day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The spans that start on that day."""
    exceptions = hours.get("exceptions")
    spans = exceptions.get(day.isoformat()) if exceptions else None
    if spans is None:
        spans = hours["week"].get(WEEKDAYS[day.weekday()])
    return _moments(hours["time_zone"], day, tuple(spans)) if spans else ()


@lru_cache(maxsize=4096)
def _moments(zone_name: str, day: date, spans: tuple[str, ...]) -> tuple[tuple[datetime, datetime], ...]:
    zone = _zone(zone_name)
    found = []
    for span in spans:
        start, end = _minutes(span)
        found.append((_moment(zone, day, start, fold=0), _moment(zone, day, end, fold=1)))
    return tuple(found)


def _moment(zone: ZoneInfo, day: date, minutes: int, fold: int) -> datetime:
    """When the wall clock shows so many minutes after that day's midnight, in UTC."""
    days, minute = divmod(minutes, _DAY_MINUTES)
    wall = datetime.combine(day + days * _DAY, time(minute // 60, minute % 60), zone)
    first, second = (wall.replace(fold=which).astimezone(UTC) for which in (0, 1))
    if first <= second:
        return second if fold else first
    return _change_between(zone, second, first)


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The moment, to the second, at which clocks go forward between those two."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def _minutes(span: str) -> tuple[int, int]:
    """Start and end in minutes after midnight; the end of a span over midnight is beyond 24:00."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in span.split("-"))
    return start, end if end > start else end + _DAY_MINUTES


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime"}  # the server's own, whatever that is


def checked_time_zone(value: Any, place: str) -> str:
    """The name of a time zone. Raises InvalidParameter."""
    if isinstance(value, str) and value in _zone_names():
        return value
    near = get_close_matches(value, _zone_names(), 1) if isinstance(value, str) and len(value) < LONGEST_SHOWN else []
    hint = f"did you mean {near[0]}?" if near else "give a name such as Europe/Berlin."
    raise InvalidParameter(f"{place} {shown(value)} is no time zone of the IANA database: {hint}")


def _week(value: Any, place: str) -> dict[str, list[str]]:
    if not isinstance(value, Mapping):
        raise InvalidParameter(f'{place} {shown(value)} is no object: give {{"monday": ["09:00-17:00"]}}.')
    unknown = sorted(str(key) for key in value if key not in WEEKDAYS)
    if unknown:
        raise InvalidParameter(f"{place} has no day {shown(unknown[0])}: give {', '.join(WEEKDAYS)}.")
    week = {day: _day(value[day], f"{place}.{day}") for day in WEEKDAYS if day in value}
    _check_overlap(week, place)
    return week


def _check_overlap(week: Mapping[str, list[str]], place: str) -> None:
    """No span may reach into the first of the next day."""
    spans = sorted(
        (start + number * _DAY_MINUTES, end + number * _DAY_MINUTES, f"{place}.{day} {span}")
        for number, day in enumerate(WEEKDAYS)
        for span in week.get(day, ())
        for start, end in (_minutes(span),)
    )
    if not spans:
        return
    first_again = (spans[0][0] + _WEEK_MINUTES, spans[0][1] + _WEEK_MINUTES, spans[0][2])
    for (_, end, name), (start, _, other) in zip(spans, [*spans[1:], first_again], strict=True):
        if start < end:
            raise InvalidParameter(f"{name} overlaps {other}: end it before the other starts.")


def _exceptions(value: Any, place: str) -> dict[str, list[str]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidParameter(f'{place} {shown(value)} is no object: give {{"2026-12-25": []}}.')
    if len(value) > MOST_EXCEPTIONS:
        raise InvalidParameter(f"{place} has {len(value)} dates: give at most {MOST_EXCEPTIONS}, leave past ones out.")
    return {_date(key, place): _day(value[key], f"{place}.{key}") for key in sorted(value, key=str)}


def _date(key: Any, place: str) -> str:
    if isinstance(key, str) and _DATE.fullmatch(key):
        try:
            if 1970 <= date.fromisoformat(key).year <= 9000:
                return key
        except ValueError:
            pass
    raise InvalidParameter(f"{place} {shown(key)} is no date: give YYYY-MM-DD, for example 2026-12-25.")


def _day(value: Any, place: str) -> list[str]:
    if not isinstance(value, list):
        raise InvalidParameter(f'{place} {shown(value)} is no list: give ["09:00-12:00"], or [] for closed.')
    if len(value) > MOST_SPANS:
        raise InvalidParameter(f"{place} has {len(value)} spans: give at most {MOST_SPANS}.")
    spans = sorted((_span(one, place) for one in value), key=_minutes)
    for earlier, later in pairwise(spans):
        if _minutes(later)[0] < _minutes(earlier)[1]:
            raise InvalidParameter(f"{place} {earlier} overlaps {later}: end it before the other starts.")
    return spans


def _span(value: Any, place: str) -> str:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise InvalidParameter(f"{place} {shown(value)} is no span: give HH:MM-HH:MM, for example 09:00-17:30.")
    start, end = f"{match[1]}:{match[2]}", f"{match[3]}:{match[4]}"
    for clock, is_good in ((start, _is_clock(start)), (end, end == "24:00" or _is_clock(end))):
        if not is_good:
            raise InvalidParameter(f"{place} {clock} is no time of a day: give 00:00 to 23:59, an end up to 24:00.")
    if start == end:
        raise InvalidParameter(f"{place} {start}-{end} has no length: give 00:00-24:00 for the whole day.")
    return f"{start}-{end}"


def _is_clock(clock: str) -> bool:
    return int(clock[:2]) < 24 and int(clock[3:]) < 60


def _url(value: Any, place: str) -> str | None:
    if value is None or value == "":
        return None
    return checked_url(value, place)


def _method(value: Any, place: str) -> str:
    if value is None or value == "":
        return "POST"
    if not isinstance(value, str) or value.upper() not in ("GET", "POST"):
        raise InvalidParameter(f"{place} is not a valid method: give GET or POST. Got {shown(value)}.")
    return value.upper()


def described(hours: Mapping[str, Any], now: datetime) -> str:
    """The spans of that moment's day, for people: `monday 09:00-17:00 (Europe/Berlin)`."""
    today = now.astimezone(_zone(hours["time_zone"])).date()
    exceptions = hours.get("exceptions") or {}
    text = today.isoformat()
    name, spans = (text, exceptions[text]) if text in exceptions else _of_week(hours, today)
    return f"{name} {', '.join(spans) or 'closed'} ({hours['time_zone']})"


def _of_week(hours: Mapping[str, Any], day: date) -> tuple[str, list[str]]:
    name = WEEKDAYS[day.weekday()]
    return name, hours["week"].get(name, [])
