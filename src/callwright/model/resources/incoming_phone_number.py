"""IncomingPhoneNumbers: the numbers of an account and where their calls and messages go."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from callwright.model.errors import ApplicationNotUsable
from callwright.model.fields import Flag, Hidden, Indexed, NotYet, OneOf, SidOf
from callwright.model.number_search import NUMBER_SEARCH, NUMBER_SEARCH_VERSION
from callwright.model.record import Parameters, Record, SearchColumn
from callwright.model.resource import Resource, declare
from callwright.model.webhook_settings import WebhookSettings

ALL_CAPABILITIES = {"voice": True, "sms": True, "mms": True, "fax": False}


class IncomingPhoneNumber(Record):
    table: ClassVar[str] = "incoming_phone_numbers"
    history: ClassVar[bool] = True
    searched: ClassVar[Mapping[str, SearchColumn]] = NUMBER_SEARCH
    search_version: ClassVar[int] = NUMBER_SEARCH_VERSION

    friendly_name: str | None = None
    #: E.164, unique on the server.
    phone_number: Annotated[str, Indexed()]
    api_version: str = "2010-04-01"
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    voice_caller_id_lookup: bool = False
    voice_receive_mode: str = "voice"
    voice_application_sid: Annotated[str | None, Indexed()] = None
    status_callback: str | None = None
    status_callback_method: str = "POST"
    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"
    sms_application_sid: Annotated[str | None, Indexed()] = None
    trunk_sid: Annotated[str | None, Indexed()] = None
    capabilities: dict[str, Any] = ALL_CAPABILITIES
    address_requirements: str = "none"
    address_sid: str | None = None
    beta: bool = False
    bundle_sid: str | None = None
    emergency_address_sid: str | None = None
    emergency_address_status: str = "unregistered"
    emergency_status: str = "Inactive"
    identity_sid: str | None = None
    origin: str = "twilio"
    status: str = "in-use"
    #: local, mobile or tollfree
    type: str = "local"

    # Ours, shown by /v1 alone:
    tags: Annotated[list[str], Hidden()] = []
    notes: Annotated[str | None, Hidden()] = None


class NumberSettings(WebhookSettings):
    """Also the application or trunk that takes the number's calls and messages instead."""

    voice_receive_mode: Annotated[str, OneOf(("voice", "fax"), default="voice")] = "voice"
    voice_application_sid: Annotated[str | None, SidOf("AP", refused_as=ApplicationNotUsable)] = None
    sms_application_sid: Annotated[str | None, SidOf("AP", refused_as=ApplicationNotUsable)] = None
    trunk_sid: Annotated[str | None, SidOf("TK")] = None
    emergency_status: Annotated[str | None, NotYet("emergency calling", ("", "Inactive"))] = None
    emergency_address_sid: Annotated[str | None, NotYet("emergency calling")] = None
    identity_sid: Annotated[str | None, NotYet("regulatory bundles")] = None
    address_sid: Annotated[str | None, NotYet("addresses")] = None
    bundle_sid: Annotated[str | None, NotYet("regulatory bundles")] = None


class TypedNumberCreation(NumberSettings):
    phone_number: str | None = None


class NumberCreation(TypedNumberCreation):
    area_code: str | None = None


class NumberUpdate(NumberSettings):
    #: Moves the number to another account of the same family.
    account_sid: Annotated[str | None, SidOf("AC")] = None


class NumberFilters(Parameters):
    """`phone_number` matches anywhere in the number, `*` stands for any digit, letters for keypad digits."""

    phone_number: str | None = None
    friendly_name: str | None = None
    beta: Annotated[bool | None, Flag(default=None)] = None
    origin: Annotated[str | None, OneOf(("twilio", "hosted"))] = None


INCOMING_PHONE_NUMBERS = declare(
    Resource(
        name="IncomingPhoneNumbers",
        record=IncomingPhoneNumber,
        path="/Accounts/{AccountSid}/IncomingPhoneNumbers",
        singular="IncomingPhoneNumber",
        plural="IncomingPhoneNumbers",
        list_key="incoming_phone_numbers",
        sid_prefix="PN",
        summary="Phone numbers and where their calls and messages go.",
        create=NumberCreation,
        update=NumberUpdate,
        filters=NumberFilters,
        deletable=True,
    )
)


def _typed(name: str) -> Resource:
    return declare(
        Resource(
            name=f"IncomingPhoneNumbers/{name}",
            record=IncomingPhoneNumber,
            path=f"/Accounts/{{AccountSid}}/IncomingPhoneNumbers/{name}",
            singular="IncomingPhoneNumber",
            plural="IncomingPhoneNumbers",
            list_key="incoming_phone_numbers",
            sid_prefix="PN",
            summary=f"The {name} numbers among the IncomingPhoneNumbers.",
            create=TypedNumberCreation,
            filters=NumberFilters,
            fetchable=False,
            omitted=frozenset({"type"}),
        )
    )


LOCAL_NUMBERS = _typed("Local")
MOBILE_NUMBERS = _typed("Mobile")
TOLL_FREE_NUMBERS = _typed("TollFree")
