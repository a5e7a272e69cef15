"""Moments in queries: ISO 8601; without an offset they are meant in UTC."""

import re
from datetime import datetime
from typing import Any

from pydantic import BeforeValidator

from callwright.model.local_time import moment_in_utc

#: A `+` of an offset that the client did not percent-encode.
_OFFSET = re.compile(r"(T\S*) (\d\d:?\d\d)$", re.ASCII)

#: For the descriptions of such parameters.
WRITTEN = "ISO 8601, for example 2026-12-24T18:00+01:00; without an offset: UTC."


def moment_named(name: str) -> BeforeValidator:
    """Reads a parameter of that name as a moment in UTC. Raises InvalidParameter."""

    def read(value: Any) -> datetime | None:
        return None if value is None else moment_in_utc(_OFFSET.sub(r"\1+\2", str(value)), name)

    return BeforeValidator(read)
