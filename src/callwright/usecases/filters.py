"""Filters of lists as conditions on columns: exact values, and days or moments for dates."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from callwright.model.errors import InvalidParameter
from callwright.model.naming import parameter_name
from callwright.model.record import Parameters, Record
from callwright.usecases.ports import Condition

#: A day; the SDKs write midnight for it (`date(2009, 7, 6)` is sent as 2009-07-06T00:00:00Z).
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T00:00:00Z)?", re.ASCII)
_SIGNS = {"_before": "<", "_after": ">"}


def conditions_of(record: type[Record], filters: Parameters | None) -> list[Condition]:
    """One or two conditions for each filter in the request that is not empty.

    Raises InvalidParameter for what is no date.
    """
    given = filters.given() if filters is not None else {}
    conditions: list[Condition] = []
    for name, value in given.items():
        if value is None or value == "":
            continue
        column, sign = _split(name)
        if column in date_columns(record):
            conditions += _date_conditions(name, column, sign, value)
        else:
            conditions.append(Condition(name, value))
    return conditions


@lru_cache
def date_columns(record: type[Record]) -> frozenset[str]:
    """The columns that hold a moment."""
    fields = record.model_fields
    return frozenset(name for name in record.columns() if "datetime" in str(fields[name].annotation))


def filterable(record: type[Record]) -> frozenset[str]:
    """Names of filters that `conditions_of` understands."""
    dates = (column + suffix for column in date_columns(record) for suffix in _SIGNS)
    return frozenset(record.columns()) | frozenset(dates)


def _split(name: str) -> tuple[str, str]:
    for suffix, sign in _SIGNS.items():
        if name.endswith(suffix):
            return name.removesuffix(suffix), sign
    return name, "="


def _date_conditions(name: str, column: str, sign: str, text: str) -> list[Condition]:
    start, end = _span(name, text)
    if sign == "<":  # `StartTime<=2009-07-06`: on that day or before
        return [Condition(column, end, "lt")]
    if sign == ">":
        return [Condition(column, start, "ge")]
    return [Condition(column, start, "ge"), Condition(column, end, "lt")]


def _span(name: str, text: str) -> tuple[datetime, datetime]:
    """The day in UTC, or the second, that the text names: its start and its end."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment, moment + (timedelta(days=1) if _DAY.fullmatch(text) else timedelta(seconds=1))
    except (ValueError, OverflowError) as error:
        message = f"{parameter_name(name)} is no date: give YYYY-MM-DD (a day in UTC) or YYYY-MM-DDThh:mm:ssZ."
        raise InvalidParameter(message) from error
