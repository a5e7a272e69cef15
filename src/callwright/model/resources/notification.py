"""Notifications: what went wrong, and where (the debugger)."""

from datetime import datetime
from typing import Annotated, ClassVar

from callwright.model.fields import Hidden, Indexed, OneOf
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare

ERROR, WARNING = "0", "1"


class Notification(Record):
    """One error or warning met while a web app was asked or its answer was run. `log`: "0" error, "1" warning."""

    table: ClassVar[str] = "notifications"

    api_version: str = "2010-04-01"
    call_sid: Annotated[str | None, Indexed()] = None
    #: The message it is about, instead of a call.
    message_sid: Annotated[str | None, Hidden(), Indexed()] = None
    error_code: str | None = None
    log: str = ERROR
    message_date: Annotated[datetime | None, Indexed()] = None
    message_text: str | None = None
    more_info: str | None = None
    request_method: str | None = None
    request_url: str | None = None
    request_variables: str | None = None
    response_headers: str | None = None
    response_body: str | None = None


class NotificationFilters(Parameters):
    log: Annotated[str | None, OneOf((ERROR, WARNING))] = None
    message_date: str | None = None
    message_date_before: str | None = None
    message_date_after: str | None = None


def _notifications(name: str, path: str) -> Resource:
    return declare(
        Resource(
            name=name,
            record=Notification,
            path=path,
            singular="Notification",
            plural="Notifications",
            list_key="notifications",
            sid_prefix="NO",
            summary="Errors and warnings met while calls ran.",
            filters=NotificationFilters,
            instance_only=frozenset({"request_variables", "response_headers", "response_body"}),
        )
    )


NOTIFICATIONS = _notifications("Notifications", "/Accounts/{AccountSid}/Notifications")
CALL_NOTIFICATIONS = _notifications("Calls/Notifications", "/Accounts/{AccountSid}/Calls/{CallSid}/Notifications")
