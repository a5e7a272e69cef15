"""Call events: what a call's web app was asked, and what it answered. Rows without a SID, made from exchanges."""

from datetime import datetime
from typing import Annotated, Any

from callwright.model.fields import Hidden
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare


class CallEvent(Record):
    """One request to a web app with its answer."""

    sid: Annotated[str, Hidden()]
    account_sid: Annotated[str, Hidden()]
    date_created: Annotated[datetime | None, Hidden()] = None
    date_updated: Annotated[datetime | None, Hidden()] = None
    #: What was asked: method, url and parameters.
    request: dict[str, Any] | None = None
    #: What was answered: response_code, request_duration (ms), content_type, response_body and date_created.
    #: Null when there was no answer.
    response: dict[str, Any] | None = None


class CallEventFilters(Parameters):
    """Events of a call are not filtered."""


CALL_EVENTS = declare(
    Resource(
        name="Calls/Events",
        record=CallEvent,
        path="/Accounts/{AccountSid}/Calls/{CallSid}/Events",
        singular="Event",
        plural="Events",
        list_key="events",
        sid_prefix="EX",
        summary="What a call's web app was asked, and what it answered.",
        filters=CallEventFilters,
        fetchable=False,
    )
)
