"""Applications: a named bundle of voice and message webhook settings that many numbers point at."""

from typing import Annotated, Any, ClassVar

from callwright.model.errors import InvalidCallbackUrl
from callwright.model.fields import Flag, Hidden, Indexed, Url
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare
from callwright.model.webhook_settings import WebhookSettings


class Application(Record):
    """A TwiML application as stored and shown."""

    table: ClassVar[str] = "applications"
    history: ClassVar[bool] = True

    friendly_name: Annotated[str | None, Indexed()] = None
    api_version: str = "2010-04-01"
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    voice_caller_id_lookup: bool = False
    status_callback: str | None = None
    status_callback_method: str = "POST"
    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"
    sms_status_callback: str | None = None
    message_status_callback: str | None = None
    public_application_connect_enabled: bool = False

    # Ours, shown by /v1 alone:
    tags: Annotated[list[str], Hidden()] = []
    notes: Annotated[str | None, Hidden()] = None
    #: Shares of the calls that go to other URLs: [{"url": …, "weight": percent}]; the rest goes to voice_url.
    voice_variants: Annotated[list[dict[str, Any]], Hidden()] = []
    sms_variants: Annotated[list[dict[str, Any]], Hidden()] = []
    #: When variants are taken away by themselves: {"failure_percent", "least_requests", "window_s"}.
    variant_guard: Annotated[dict[str, Any] | None, Hidden()] = None
    #: model.opening_hours as stored: {"time_zone", "week", "exceptions", "closed_voice_url", "closed_sms_url" …}.
    opening_hours: Annotated[dict[str, Any] | None, Hidden()] = None


class ApplicationParameters(WebhookSettings):
    """Also whom to tell how messages went, and who may call the application."""

    sms_status_callback: Annotated[str | None, Url(refused_as=InvalidCallbackUrl)] = None
    message_status_callback: Annotated[str | None, Url(refused_as=InvalidCallbackUrl)] = None
    public_application_connect_enabled: Annotated[bool, Flag()] = False


class ApplicationFilters(Parameters):
    """Applications are listed newest first, by exact name."""

    friendly_name: str | None = None


APPLICATIONS = declare(
    Resource(
        name="Applications",
        record=Application,
        path="/Accounts/{AccountSid}/Applications",
        singular="Application",
        plural="Applications",
        list_key="applications",
        sid_prefix="AP",
        summary="Named webhook settings that hundreds of numbers share.",
        create=ApplicationParameters,
        update=ApplicationParameters,
        filters=ApplicationFilters,
        deletable=True,
    )
)
