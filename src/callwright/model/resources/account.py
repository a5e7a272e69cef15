"""Accounts: the owner of everything else, and its subaccounts."""

from typing import Annotated, ClassVar

from callwright.model.fields import Hidden, Indexed, OneOf, Secret, Text
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare

STATUSES = ("active", "suspended", "closed")


class Account(Record):
    """An account; `account_sid` equals `sid`, `owner_account_sid` names the parent (itself for a parent)."""

    table: ClassVar[str] = "accounts"
    history: ClassVar[bool] = True

    account_sid: Annotated[str, Indexed(), Hidden()]
    auth_token: Annotated[str, Secret()]
    friendly_name: str | None = None
    owner_account_sid: Annotated[str, Indexed()]
    status: str = "active"
    type: str = "Full"
    #: SHA-256 of the token, hex: what credentials are compared with.
    auth_token_sha256: Annotated[str, Hidden(), Secret()]

    @property
    def is_subaccount(self) -> bool:
        return self.owner_account_sid != self.sid


class AccountCreation(Parameters):
    friendly_name: Annotated[str | None, Text(longest=64)] = None


class AccountUpdate(Parameters):
    friendly_name: Annotated[str | None, Text(longest=64)] = None
    status: Annotated[str | None, OneOf(STATUSES)] = None


class AccountFilters(Parameters):
    friendly_name: str | None = None
    status: Annotated[str | None, OneOf(STATUSES)] = None


ACCOUNTS = declare(
    Resource(
        name="Accounts",
        record=Account,
        path="/Accounts",
        singular="Account",
        plural="Accounts",
        list_key="accounts",
        sid_prefix="AC",
        summary="Your account and its subaccounts.",
        create=AccountCreation,
        update=AccountUpdate,
        filters=AccountFilters,
        subresources={
            "applications": "Applications",
            "calls": "Calls",
            "incoming_phone_numbers": "IncomingPhoneNumbers",
            "messages": "Messages",
            "notifications": "Notifications",
            "short_codes": "SMS/ShortCodes",
        },
    )
)
