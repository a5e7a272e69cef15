"""How notifications are shown beside the call or message they are about."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class ProblemShown(BaseModel):
    """What the debugger was told about a call or message."""

    model_config = ConfigDict(from_attributes=True)

    sid: str
    log: str = Field(description="0 is an error, 1 a warning.")
    error_code: str | None
    message_text: str | None
    request_method: str | None
    request_url: str | None
    message_date: datetime | None
