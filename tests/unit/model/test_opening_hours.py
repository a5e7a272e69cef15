"""Opening hours: spans of wall-clock time in a zone, with exceptions, also on the days clocks change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.model.errors import InvalidParameter
from callwright.model.opening_hours import WEEKDAYS, checked_opening_hours, described, is_open, next_change

BERLIN = ZoneInfo("Europe/Berlin")


def hours(week: dict[str, list[str]], zone: str = "Europe/Berlin", **more: Any) -> dict[str, Any]:
    stored = checked_opening_hours({"time_zone": zone, "week": week, **more})
    assert stored is not None
    return stored


def daily(*spans: str, **more: Any) -> dict[str, Any]:
    return hours({day: list(spans) for day in WEEKDAYS}, **more)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


WEEK = {"monday": ["09:00-12:00", "13:00-17:00"], "friday": ["22:00-02:00"]}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T12:00", False),
        ("2026-11-23T13:00", True),
        ("2026-11-23T17:00", False),
        ("2026-11-24T10:00", False),
        ("2026-11-27T21:59", False),
        ("2026-11-27T23:00", True),
        ("2026-11-28T01:59", True),
        ("2026-11-28T02:00", False),
        ("2026-11-28T22:30", False),
    ],
)
def test_spans_are_of_the_zones_clock_and_may_go_over_midnight(moment: str, expected: bool) -> None:
    assert is_open(hours(WEEK), berlin(moment)) is expected
    assert is_open(hours(WEEK), berlin(moment).astimezone(ZoneInfo("Asia/Tokyo"))) is expected


def test_an_exception_replaces_the_spans_of_its_date() -> None:
    kept = daily("09:00-17:00", "22:00-02:00", exceptions={"2026-12-25": [], "2026-12-26": ["10:00-11:00"]})
    assert is_open(kept, berlin("2026-12-24T10:00"))
    assert not is_open(kept, berlin("2026-12-25T10:00"))
    assert is_open(kept, berlin("2026-12-25T01:00")), "the night of the 24th goes on"
    assert not is_open(kept, berlin("2026-12-26T01:00"))
    assert is_open(kept, berlin("2026-12-26T10:30"))
    assert not is_open(kept, berlin("2026-12-26T12:00"))


def test_the_hour_that_clocks_skip_is_no_time() -> None:
    """Clocks go from 02:00 to 03:00 on 29 March 2026."""
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    until_half = daily("01:00-02:30")
    assert is_open(until_half, change - timedelta(seconds=1))
    assert not is_open(until_half, change)
    from_half = daily("02:30-04:00")
    assert not is_open(from_half, change - timedelta(seconds=1))
    assert is_open(from_half, change)
    assert next_change(daily("02:10-02:50"), change - timedelta(hours=1)) == datetime(2026, 3, 30, 0, 10, tzinfo=UTC)


def test_the_hour_that_clocks_repeat_is_open_as_a_whole() -> None:
    """02:00 to 03:00 comes twice on 25 October 2026."""
    kept = daily("01:00-02:30")
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert is_open(kept, first + timedelta(minutes=45)), "02:45 for the first time"
    assert next_change(kept, first) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30 for the second time"


def test_what_never_changes_has_no_next_change() -> None:
    now = berlin("2026-11-23T10:00")
    assert next_change(daily("00:00-24:00"), now) is None
    assert next_change(hours({}), now) is None
    holiday = daily("00:00-24:00", exceptions={"2027-12-25": []})
    assert next_change(holiday, now) == datetime(2027, 12, 24, 23, tzinfo=UTC)
    assert next_change(holiday, berlin("2027-12-25T12:00")) == datetime(2027, 12, 25, 23, tzinfo=UTC)


def test_the_day_is_described_for_people() -> None:
    assert described(hours(WEEK), berlin("2026-11-23T10:00")) == "monday 09:00-12:00, 13:00-17:00 (Europe/Berlin)"
    kept = hours(WEEK, exceptions={"2026-11-23": []})
    assert described(kept, berlin("2026-11-23T10:00")) == "2026-11-23 closed (Europe/Berlin)"


minutes = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 15)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[str]]:
    """Spans that do not overlap; the last of a day may end at midnight, or go over it by less than the others begin."""
    week = {}
    for day in draw(st.lists(st.sampled_from(WEEKDAYS), unique=True)):
        edges = sorted(draw(st.lists(minutes, min_size=2, max_size=6, unique=True)))
        spans = [f"{clock(start)}-{clock(end)}" for start, end in zip(edges[::2], edges[1::2], strict=False)]
        week[day] = spans
    return week


ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
]


@given(
    weeks(),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2016, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.integers(0, 30),
)
@settings(max_examples=300, deadline=None)
def test_open_is_what_the_wall_clock_says_but_in_a_repeated_hour(
    week: dict[str, list[str]], zone: str, moment: datetime, exception_in: int
) -> None:
    now = moment.replace(tzinfo=UTC)
    wall = now.astimezone(ZoneInfo(zone))
    exception = (wall.date() + timedelta(days=exception_in)).isoformat()
    stored = hours(week, zone, exceptions={exception: ["10:00-11:00"]})
    spans = ["10:00-11:00"] if exception_in == 0 else week.get(WEEKDAYS[wall.weekday()], [])
    text = wall.strftime("%H:%M")
    says = any(span[:5] <= text < span[6:] for span in spans)
    is_repeated = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    if not is_repeated:
        assert is_open(stored, now) is says
    change = next_change(stored, now)
    looked_at = [now + timedelta(minutes=step) for step in range(0, 60 * 24 * 2, 7)]
    changed = next((one for one in looked_at if is_open(stored, one) != is_open(stored, now)), None)
    if changed is not None:
        assert change is not None
        assert now < change <= changed
    if change is not None:
        assert is_open(stored, change) != is_open(stored, now)
        assert is_open(stored, change - timedelta(seconds=1)) == is_open(stored, now) or change - now <= timedelta(
            seconds=1
        )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("always", "is no object"),
        ({"week": {}}, "time_zone None is no time zone"),
        ({"time_zone": "Europe/Berln", "week": {}}, "did you mean Europe/Berlin?"),
        ({"time_zone": "../../etc/passwd", "week": {}}, "is no time zone"),
        ({"time_zone": "localtime", "week": {}}, "is no time zone"),
        ({"time_zone": "UTC"}, "week None is no object"),
        ({"time_zone": "UTC", "week": {}, "weekend": {}}, "has no 'weekend'"),
        ({"time_zone": "UTC", "week": {"mon": []}}, "has no day 'mon': give monday"),
        ({"time_zone": "UTC", "week": {"monday": "09:00-17:00"}}, "is no list"),
        ({"time_zone": "UTC", "week": {"monday": ["9-17"]}}, "is no span: give HH:MM-HH:MM"),
        ({"time_zone": "UTC", "week": {"monday": ["24:00-02:00"]}}, "24:00 is no time of a day"),
        ({"time_zone": "UTC", "week": {"monday": ["09:60-10:00"]}}, "09:60 is no time of a day"),
        ({"time_zone": "UTC", "week": {"monday": ["09:00-09:00"]}}, "has no length"),
        ({"time_zone": "UTC", "week": {"monday": ["09:00-12:00", "11:00-13:00"]}}, "overlaps 11:00-13:00"),
        ({"time_zone": "UTC", "week": {"monday": ["13:00-09:30"], "tuesday": ["09:00-17:00"]}}, "overlaps"),
        ({"time_zone": "UTC", "week": {"sunday": ["22:00-02:00"], "monday": ["01:00-03:00"]}}, "overlaps"),
        ({"time_zone": "UTC", "week": {"monday": ["00:00-01:00"] * 13}}, "at most 12"),
        ({"time_zone": "UTC", "week": {}, "exceptions": {"25.12.2026": []}}, "is no date: give YYYY-MM-DD"),
        ({"time_zone": "UTC", "week": {}, "exceptions": {"2026-02-30": []}}, "is no date"),
        ({"time_zone": "UTC", "week": {}, "closed_voice_url": "/closed"}, "closed_voice_url is not a valid URL"),
        ({"time_zone": "UTC", "week": {}, "closed_sms_method": "PUT"}, "give GET or POST"),
    ],
)
def test_what_are_no_opening_hours_is_refused_with_place_cause_and_fix(value: Any, told: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        checked_opening_hours(value)
    assert told in refused.value.message
    assert "opening_hours" in refused.value.message


def test_they_are_stored_in_one_form() -> None:
    assert checked_opening_hours(None) is None
    stored = hours({"friday": [" 13:00 - 17:00", "09:00-12:00"], "monday": []}, closed_sms_method="get")
    assert stored["week"] == {"monday": [], "friday": ["09:00-12:00", "13:00-17:00"]}
    assert (stored["exceptions"], stored["closed_voice_url"], stored["closed_sms_method"]) == ({}, None, "GET")
    assert checked_opening_hours(stored) == stored


json_like = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["UTC", "09:00-12:00", "2026-12-25", "22:00-02:00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["time_zone", "week", "exceptions", "monday", "2026-12-25"]), inner)
    ),
    max_leaves=8,
)


@given(json_like)
@settings(deadline=None)
def test_any_json_is_hours_or_refused(value: Any) -> None:
    try:
        stored = checked_opening_hours(value)
    except InvalidParameter:
        return
    assert checked_opening_hours(stored) == stored
    if stored is not None:
        is_open(stored, datetime(2026, 12, 25, tzinfo=UTC))


def test_exceptions_of_many_years_are_looked_at() -> None:
    days: dict[str, list[str]] = {(date(2027, 1, 1) + timedelta(days=step)).isoformat(): [] for step in range(400)}
    kept = daily("09:00-17:00", exceptions=days)
    assert next_change(kept, berlin("2027-01-02T10:00")) == berlin("2028-02-05T09:00").astimezone(UTC)
