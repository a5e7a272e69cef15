"""Numbers in the form of /v1."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from callwright.model.phone_number import country_of
from callwright.model.variants import Channel
from callwright.usecases.show_numbers import NumberState


class NumberProblem(BaseModel):
    """What would go wrong with a call or message to a number."""

    model_config = ConfigDict(from_attributes=True)

    channel: Channel = Field(description="Calls or messages.")
    kind: Literal["no_target", "application_deleted", "application_without_url", "trunk_not_supported"] = Field(
        description="It says nowhere to go; its application does not exist anymore, or does not lead all somewhere; or "
        "it points at a trunk, which takes no calls yet."
    )
    message: str = Field(description="What follows from it, and what mends it.")


class NumberShown(BaseModel):
    """A number with all its settings, and what is wrong with it; dates in ISO 8601, UTC."""

    sid: str = Field(description="PN and 32 hexadecimal digits.")
    account_sid: str = Field(description="Whose it is.")
    revision: int = Field(description="Counts its changes, from 1; what If-Match is compared with.")
    date_created: datetime | None = Field(description="When it came to the server.")
    date_updated: datetime | None = Field(description="When it was changed last.")
    phone_number: str = Field(description="In E.164.")
    friendly_name: str | None = Field(description="Its name.")
    country: str | None = Field(description="ISO code of its country; null for international services.")
    type: str = Field(description="local, mobile or tollfree.")
    capabilities: dict[str, Any] = Field(description="What it can: `voice`, `sms`, `mms`, `fax`.")
    tags: list[str] = Field(description="Words it is sorted by.")
    notes: str | None = Field(description="What people should know about it.")
    trunk_sid: str | None = Field(description="Trunk that takes its calls; beats application and URL.")
    voice_application_sid: str | None = Field(description="Application that takes its calls; beats the URLs.")
    voice_application_name: str | None = Field(description="That one's name; null when it has none, or is gone.")
    voice_url: str | None = Field(description="Asked what to do with a call.")
    voice_method: str = Field(description="GET or POST.")
    voice_fallback_url: str | None = Field(description="Asked when voice_url fails.")
    voice_fallback_method: str = Field(description="GET or POST.")
    voice_caller_id_lookup: bool = Field(description="Kept; nothing is looked up here.")
    voice_receive_mode: str = Field(description="voice or fax.")
    status_callback: str | None = Field(description="Told how calls end.")
    status_callback_method: str = Field(description="GET or POST.")
    sms_application_sid: str | None = Field(description="Application that takes its messages; beats the URLs.")
    sms_application_name: str | None = Field(description="That one's name; null when it has none, or is gone.")
    sms_url: str | None = Field(description="Asked what to do with a message.")
    sms_method: str = Field(description="GET or POST.")
    sms_fallback_url: str | None = Field(description="Asked when sms_url fails.")
    sms_fallback_method: str = Field(description="GET or POST.")
    api_version: str = Field(description="Version of the API that its web requests tell.")
    problems: list[NumberProblem] = Field(description="What is wrong with what it can; empty when nothing is.")

    @classmethod
    def of(cls, state: NumberState) -> Self:
        number, voice, sms = state.number, state.voice_application, state.sms_application
        return cls(
            **{name: value for name, value in number.__dict__.items() if name in cls.model_fields},
            country=country_of(number.phone_number),
            voice_application_name=voice.friendly_name if voice else None,
            sms_application_name=sms.friendly_name if sms else None,
            problems=[NumberProblem.model_validate(problem) for problem in state.problems],
        )


class NumberPage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    numbers: list[NumberShown] = Field(description="The rows.")
    next_before: str | None = Field(description="The value of `before` that leads on; null on the last page.")
    total: int | None = Field(description="How many numbers there are on all pages; only with count=true.")
