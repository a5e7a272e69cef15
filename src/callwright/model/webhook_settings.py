"""What an application and a number have in common: whom to ask about calls and messages."""

from typing import Annotated

from callwright.model.errors import InvalidCallbackUrl
from callwright.model.fields import Flag, HttpMethod, OneOf, Text, Url
from callwright.model.record import Parameters


class WebhookSettings(Parameters):
    """What a client may set of it, on create and on update alike; an update changes only what it sends."""

    friendly_name: Annotated[str | None, Text(longest=64)] = None
    api_version: Annotated[str, OneOf(("2010-04-01", "2008-08-01"), default="2010-04-01")] = "2010-04-01"
    voice_url: Annotated[str | None, Url()] = None
    voice_method: Annotated[str, HttpMethod()] = "POST"
    voice_fallback_url: Annotated[str | None, Url()] = None
    voice_fallback_method: Annotated[str, HttpMethod()] = "POST"
    voice_caller_id_lookup: Annotated[bool, Flag()] = False
    status_callback: Annotated[str | None, Url(refused_as=InvalidCallbackUrl)] = None
    status_callback_method: Annotated[str, HttpMethod()] = "POST"
    sms_url: Annotated[str | None, Url()] = None
    sms_method: Annotated[str, HttpMethod()] = "POST"
    sms_fallback_url: Annotated[str | None, Url()] = None
    sms_fallback_method: Annotated[str, HttpMethod()] = "POST"
