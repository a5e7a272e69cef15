"""ShortCodes: numbers of a few digits that send and receive messages. Added by /v1/ShortCodes, shown here."""

from typing import Annotated, ClassVar

from callwright.model.fields import HttpMethod, Indexed, OneOf, Text, Url
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare


class ShortCode(Record):
    table: ClassVar[str] = "short_codes"
    history: ClassVar[bool] = True

    friendly_name: Annotated[str | None, Indexed()] = None
    #: 3 to 8 digits, unique on the server.
    short_code: Annotated[str, Indexed()]
    api_version: str = "2010-04-01"
    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"


class ShortCodeUpdate(Parameters):
    friendly_name: Annotated[str | None, Text(longest=64)] = None
    api_version: Annotated[str, OneOf(("2010-04-01", "2008-08-01"), default="2010-04-01")] = "2010-04-01"
    sms_url: Annotated[str | None, Url()] = None
    sms_method: Annotated[str, HttpMethod()] = "POST"
    sms_fallback_url: Annotated[str | None, Url()] = None
    sms_fallback_method: Annotated[str, HttpMethod()] = "POST"


class ShortCodeFilters(Parameters):
    friendly_name: str | None = None
    short_code: str | None = None


SHORT_CODES = declare(
    Resource(
        name="SMS/ShortCodes",
        record=ShortCode,
        path="/Accounts/{AccountSid}/SMS/ShortCodes",
        singular="ShortCode",
        plural="ShortCodes",
        list_key="short_codes",
        sid_prefix="SC",
        summary="Short codes and where their messages go.",
        update=ShortCodeUpdate,
        filters=ShortCodeFilters,
    )
)
