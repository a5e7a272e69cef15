"""Moments as options take them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="30s, 10m, 2h or 1d ago, or ISO 8601 in UTC, until now.")
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Before that time.")]

_AGO = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment_of(given: str | None) -> str | None:
    """A moment in ISO 8601, or how long ago: 30s, 10m, 2h, 1d. Anything else is the server's to read."""
    ago = _AGO.fullmatch(given or "")
    if not ago:
        return given
    return (datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})).isoformat()
