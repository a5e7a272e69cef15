"""Moments in queries: ISO 8601; without an offset they are meant in UTC."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

from callwright.model.local_time import moment_in_utc

#: A `+` of an offset that the client did not percent-encode.
_OFFSET = re.compile(r"(T\S*) (\d\d:?\d\d)$", re.ASCII)

WRITTEN = "ISO 8601, for example 2026-12-24T18:00+01:00; without an offset: UTC."


def moment_in_query(value: Any, name: str) -> datetime | None:
    """The moment in UTC. Raises InvalidParameter, which names the parameter."""
    if value is None or isinstance(value, datetime):
        return value
    return moment_in_utc(_OFFSET.sub(r"\1+\2", str(value)), name)


def _checked(value: Any, info: ValidationInfo) -> datetime | None:
    return moment_in_query(value, info.field_name or "The moment")


#: A query parameter that is a moment.
Moment = Annotated[datetime | None, BeforeValidator(_checked)]
