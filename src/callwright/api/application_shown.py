"""Applications, and what belongs to them, in the form of /v1."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.usecases.application_use import ApplicationUse
from callwright.usecases.numbers_of_application import uses_of


class NumberCounts(BaseModel):
    """Numbers by what they use an application for; one that uses it for both counts in both."""

    voice: int = Field(description="Numbers whose calls go to it.")
    sms: int = Field(description="Numbers whose messages go to it.")


class LastUse(BaseModel):
    """The newest call or message of an application."""

    sid: str = Field(description="Of the call or message.")
    at: datetime | None = Field(description="When it began.")
    status: str = Field(description="How it is, or ended.")

    @classmethod
    def of(cls, record: Call | Message | None) -> Self | None:
        if record is None:
            return None
        return cls(sid=record.sid, at=record.date_created, status=record.status)


class ApplicationShown(BaseModel):
    """An application with all its settings, and how it is used; dates in ISO 8601, UTC."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="AP and 32 hexadecimal digits.")
    account_sid: str = Field(description="Whose it is.")
    revision: int = Field(description="Counts its changes, from 1; what If-Match is compared with.")
    date_created: datetime | None = Field(description="When it was created.")
    date_updated: datetime | None = Field(description="When it was changed last.")
    friendly_name: str | None = Field(description="Its name.")
    api_version: str = Field(description="Version of the API that its web requests tell.")
    voice_url: str | None = Field(description="Asked what to do with a call.")
    voice_method: str = Field(description="GET or POST.")
    voice_fallback_url: str | None = Field(description="Asked when voice_url fails.")
    voice_fallback_method: str = Field(description="GET or POST.")
    voice_caller_id_lookup: bool = Field(description="Kept; nothing is looked up here.")
    status_callback: str | None = Field(description="Told how calls end.")
    status_callback_method: str = Field(description="GET or POST.")
    sms_url: str | None = Field(description="Asked what to do with a message.")
    sms_method: str = Field(description="GET or POST.")
    sms_fallback_url: str | None = Field(description="Asked when sms_url fails.")
    sms_fallback_method: str = Field(description="GET or POST.")
    sms_status_callback: str | None = Field(description="As message_status_callback, of old; that one wins.")
    message_status_callback: str | None = Field(description="Told how messages go on.")
    public_application_connect_enabled: bool = Field(description="Kept as it was given.")
    tags: list[str] = Field(description="Words it is sorted by.")
    notes: str | None = Field(description="What people should know about it.")
    voice_variants: list[dict[str, Any]] = Field(description="Shares of the callers that go to other URLs.")
    sms_variants: list[dict[str, Any]] = Field(description="The same for messages.")
    variant_guard: dict[str, Any] | None = Field(description="When variants are taken away by themselves.")
    opening_hours: dict[str, Any] | None = Field(description="When calls and messages go to its URLs.")
    has_canary: bool = Field(description="Whether a share of its calls or messages goes to variants.")
    is_open: bool | None = Field(description="Whether it is open now; null without opening hours.")
    numbers: NumberCounts = Field(description="How many numbers use it.")
    last_call: LastUse | None = Field(description="Null when no call went to it.")
    last_message: LastUse | None = Field(description="Null when no message went to it.")
    failures_24h: int = Field(description="Failed web requests for it in the last 24 hours: each attempt, checks too.")

    @classmethod
    def of(cls, application: Application, use: ApplicationUse) -> Self:
        return cls(
            **{name: getattr(application, name) for name in Application.columns()},
            has_canary=bool(application.voice_variants or application.sms_variants),
            is_open=use.is_open,
            numbers=NumberCounts(**use.numbers),
            last_call=LastUse.of(use.last_call),
            last_message=LastUse.of(use.last_message),
            failures_24h=use.failures_24h,
        )


class ApplicationPage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    applications: list[ApplicationShown] = Field(description="The rows.")
    next_before: str | None = Field(description="Null on the last page.")


class NumberOfApplication(BaseModel):
    """A number that uses an application."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="PN and 32 hexadecimal digits.")
    phone_number: str = Field(description="E.164.")
    friendly_name: str | None = Field(description="Its name.")
    tags: list[str] = Field(description="Words it is sorted by.")
    uses: list[str] = Field(description="What it uses the application for: voice, sms or both.")

    @classmethod
    def of(cls, number: IncomingPhoneNumber, application: Application) -> Self:
        fields = {name: getattr(number, name) for name in ("sid", "phone_number", "friendly_name", "tags")}
        return cls(**fields, uses=list(uses_of(number, application)))


class NumbersOfApplication(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    numbers: list[NumberOfApplication] = Field(description="The rows.")
    next_before: str | None = Field(description="Null on the last page.")


class _Traffic(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="Of the call or message.")
    direction: str = Field(description="As in the 2010-04-01 API.")
    from_: str | None = Field(serialization_alias="from", description="Who called or wrote.")
    to: str | None = Field(description="Whom.")
    status: str = Field(description="How it is, or ended.")
    date_created: datetime | None = Field(description="When it began.")
    application_revision: int | None = Field(description="The revision of the application it started on.")


class CallOfApplication(_Traffic):
    """A call that went to an application."""

    duration: str | None = Field(description="Seconds; null while it runs.")


class CallsOfApplication(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    calls: list[CallOfApplication] = Field(description="The rows.")
    next_before: str | None = Field(description="Null on the last page.")


class MessageOfApplication(_Traffic):
    """A message that went to an application."""

    num_segments: str = Field(description="How many parts it has.")
    error_code: int | None = Field(description="Why it failed, if it did.")


class MessagesOfApplication(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    messages: list[MessageOfApplication] = Field(description="The rows.")
    next_before: str | None = Field(description="Null on the last page.")


class Deleted(BaseModel):
    """What became of a deleted application."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="Of the application that is gone.")
    group_id: str = Field(description="Undoes all of it when rolled back: application and numbers come back.")
    replaced_by: str | None = Field(description="The application that took over its numbers.")
    moved: NumberCounts = Field(description="Numbers that went there.")
    left: NumberCounts = Field(description="Numbers that still name it (force): their calls and messages fail.")
    live_calls: int = Field(description="Calls that were running on it; they go on to their end.")
