"""Calls: phone calls, live and ended."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from callwright.model.errors import ApiError, InvalidCallbackUrl
from callwright.model.fields import (
    Computed,
    Hidden,
    HttpMethod,
    Indexed,
    NotYet,
    OneOf,
    SidOf,
    Url,
)
from callwright.model.phone_number import national_format
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare

STATUSES = ("queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled")
FINAL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
PROGRESS_EVENTS = ("initiated", "ringing", "answered", "completed")


class UrlRequired(ApiError):
    """Url parameter is required: give Url, Twiml or ApplicationSid."""

    code = 21205


class InvalidApplicationSid(ApiError):
    """Invalid ApplicationSid: it must name an existing application of this account that has a VoiceUrl."""

    code = 21218


class InvalidCallMethod(ApiError):
    """Method is not valid: give GET or POST."""

    code = 21209


class InvalidCallUrl(ApiError):
    """Url is not a valid URL: give an absolute http or https URL."""

    code = 21205


class Call(Record):
    """A call as stored. The hidden fields keep what it started on, to its end (architecture: routing)."""

    table: ClassVar[str] = "calls"

    parent_call_sid: Annotated[str | None, Indexed()] = None
    to: Annotated[str | None, Indexed()] = None
    to_formatted: Annotated[str | None, Computed(lambda call: _formatted(call.to))] = None
    from_: Annotated[str | None, Indexed()] = None
    from_formatted: Annotated[str | None, Computed(lambda call: _formatted(call.from_))] = None
    phone_number_sid: str | None = None
    status: Annotated[str, Indexed()] = "queued"
    start_time: Annotated[datetime | None, Indexed()] = None
    end_time: Annotated[datetime | None, Indexed()] = None
    duration: str | None = None
    price: str | None = None
    price_unit: str | None = "USD"
    direction: str = "inbound"
    answered_by: str | None = None
    api_version: str = "2010-04-01"
    forwarded_from: str | None = None
    group_sid: str | None = None
    caller_name: str | None = None
    queue_time: str | None = None
    trunk_sid: str | None = None

    application_sid: Annotated[str | None, Hidden(), Indexed()] = None
    application_revision: Annotated[int | None, Hidden()] = None
    url: Annotated[str | None, Hidden()] = None
    method: Annotated[str, Hidden()] = "POST"
    fallback_url: Annotated[str | None, Hidden()] = None
    fallback_method: Annotated[str, Hidden()] = "POST"
    twiml: Annotated[str | None, Hidden()] = None
    status_callback: Annotated[str | None, Hidden()] = None
    status_callback_method: Annotated[str, Hidden()] = "POST"
    status_callback_events: Annotated[list[str], Hidden()] = []
    callback_sequence: Annotated[int, Hidden()] = 0
    #: Parameters of outgoing calls: timeout_s, time_limit_s, send_digits, caller_id …
    dialing: Annotated[dict[str, Any], Hidden()] = {}
    #: How the route was decided: the steps of model.routing, as dictionaries.
    route: Annotated[dict[str, Any], Hidden()] = {}
    sip_call_id: Annotated[str | None, Hidden()] = None
    #: What the INVITE of an incoming call told besides: parameters of every web request about it.
    sip_parameters: Annotated[dict[str, Any], Hidden()] = {}
    sip_response_code: Annotated[int | None, Hidden()] = None
    #: When it was answered; duration counts from here.
    answer_time: Annotated[datetime | None, Hidden()] = None
    #: The server process that runs it, to find it by orders and to end it if that process died.
    node: Annotated[str | None, Hidden(), Indexed()] = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES


def _formatted(address: str | None) -> str | None:
    return None if address is None else national_format(address)


class CallCreation(Parameters):
    to: str | None = None
    from_: str | None = None
    url: Annotated[str | None, Url(refused_as=InvalidCallUrl)] = None
    twiml: str | None = None
    application_sid: Annotated[str | None, SidOf("AP", refused_as=InvalidApplicationSid)] = None
    method: Annotated[str, HttpMethod(refused_as=InvalidCallMethod)] = "POST"
    fallback_url: Annotated[str | None, Url(refused_as=InvalidCallUrl)] = None
    fallback_method: Annotated[str, HttpMethod(refused_as=InvalidCallMethod)] = "POST"
    status_callback: Annotated[str | None, Url(refused_as=InvalidCallbackUrl)] = None
    status_callback_event: list[str] = []
    status_callback_method: Annotated[str, HttpMethod(refused_as=InvalidCallMethod)] = "POST"
    send_digits: str | None = None
    timeout: str | None = None
    time_limit: str | None = None
    caller_id: str | None = None
    call_reason: Annotated[str | None, NotYet("branded calling")] = None
    call_token: Annotated[str | None, NotYet("call tokens")] = None
    record: Annotated[str | None, NotYet("recordings", ("", "false"))] = None
    recording_channels: Annotated[str | None, NotYet("recordings")] = None
    recording_status_callback: Annotated[str | None, NotYet("recordings")] = None
    recording_status_callback_method: Annotated[str | None, NotYet("recordings")] = None
    recording_status_callback_event: Annotated[list[str] | None, NotYet("recordings")] = None
    recording_track: Annotated[str | None, NotYet("recordings")] = None
    trim: Annotated[str | None, NotYet("recordings")] = None
    sip_auth_username: Annotated[str | None, NotYet("SIP authentication")] = None
    sip_auth_password: Annotated[str | None, NotYet("SIP authentication")] = None
    machine_detection: Annotated[str | None, NotYet("machine detection")] = None
    machine_detection_timeout: Annotated[str | None, NotYet("machine detection")] = None
    machine_detection_speech_threshold: Annotated[str | None, NotYet("machine detection")] = None
    machine_detection_speech_end_threshold: Annotated[str | None, NotYet("machine detection")] = None
    machine_detection_silence_timeout: Annotated[str | None, NotYet("machine detection")] = None
    async_amd: Annotated[str | None, NotYet("machine detection", ("", "false"))] = None
    async_amd_status_callback: Annotated[str | None, NotYet("machine detection")] = None
    async_amd_status_callback_method: Annotated[str | None, NotYet("machine detection")] = None
    byoc: Annotated[str | None, NotYet("BYOC trunks")] = None
    client_notification_url: Annotated[str | None, NotYet("Voice SDK clients")] = None


class CallUpdate(Parameters):
    status: Annotated[str | None, OneOf(("canceled", "completed"))] = None
    url: Annotated[str | None, Url(refused_as=InvalidCallUrl)] = None
    twiml: str | None = None
    method: Annotated[str, HttpMethod(refused_as=InvalidCallMethod)] = "POST"
    fallback_url: Annotated[str | None, Url(refused_as=InvalidCallUrl)] = None
    fallback_method: Annotated[str, HttpMethod(refused_as=InvalidCallMethod)] = "POST"
    status_callback: Annotated[str | None, Url(refused_as=InvalidCallbackUrl)] = None
    status_callback_method: Annotated[str, HttpMethod(refused_as=InvalidCallMethod)] = "POST"
    time_limit: str | None = None


class CallFilters(Parameters):
    to: str | None = None
    from_: str | None = None
    parent_call_sid: Annotated[str | None, SidOf("CA")] = None
    status: Annotated[str | None, OneOf(STATUSES)] = None
    # Inequalities are part of the name: StartTime< and StartTime> (conventions: requests).
    start_time: str | None = None
    start_time_before: str | None = None
    start_time_after: str | None = None
    end_time: str | None = None
    end_time_before: str | None = None
    end_time_after: str | None = None


CALLS = declare(
    Resource(
        name="Calls",
        record=Call,
        path="/Accounts/{AccountSid}/Calls",
        singular="Call",
        plural="Calls",
        list_key="calls",
        sid_prefix="CA",
        summary="Phone calls, live and ended.",
        create=CallCreation,
        update=CallUpdate,
        filters=CallFilters,
        deletable=True,
        subresources={"events": "Events", "notifications": "Notifications"},
    )
)
