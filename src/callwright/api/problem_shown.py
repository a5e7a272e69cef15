"""How notifications are shown beside the call or message they are about."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class ProblemShown(BaseModel):
    """What the debugger was told about a call or message."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="NO….")
    log: str = Field(description="0 is an error, 1 a warning.")
    error_code: str | None = Field(description="The debugger's code.")
    message_text: str | None = Field(description="Cause and fix.")
    request_method: str | None = Field(description="GET or POST; null when there was no request.")
    request_url: str | None = Field(description="The URL that was asked; null when there was no request.")
    message_date: datetime | None = Field(description="When.")
