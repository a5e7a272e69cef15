"""What errors of /v1 look like in its description."""

from typing import Any

from pydantic import BaseModel


class Refusal(BaseModel):
    """What every error looks like."""

    code: int | None
    message: str
    more_info: str | None
    status: int


Responses = dict[int | str, dict[str, Any]]

ERRORS: Responses = {
    400: {"model": Refusal, "description": "A field is wrong; the message says how."},
    401: {"model": Refusal, "description": "AccountSid and AuthToken are missing or wrong."},
}


def refused(status: int, description: str) -> Responses:
    """One more error of an operation."""
    return {status: {"model": Refusal, "description": description}}
