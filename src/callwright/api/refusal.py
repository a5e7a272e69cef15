"""What errors of /v1 look like in its description."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Refusal(BaseModel):
    """What every error looks like. Some have more fields beside these; the operation's answers name them."""

    model_config = ConfigDict(extra="allow")

    code: int | None = Field(description="The code of the cause, as in Twilio's API where that has it.")
    message: str = Field(description="Cause and fix, for people.")
    more_info: str | None = Field(description="A page about the code.")
    status: int = Field(description="The HTTP status.")


Responses = dict[int | str, dict[str, Any]]

ERRORS: Responses = {
    400: {"model": Refusal, "description": "A field or a name is wrong; the message says how."},
    401: {"model": Refusal, "description": "AccountSid and AuthToken are missing or wrong."},
    "default": {
        "model": Refusal,
        "description": "403: the account is suspended or closed. 413: the body is too large (64 kB, or as said). "
        "503: the server is starting, stopping or overloaded.",
    },
}


def refused(status: int, description: str) -> Responses:
    """One more error of an operation."""
    return {status: {"model": Refusal, "description": description}}
