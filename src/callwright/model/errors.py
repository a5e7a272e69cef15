"""Errors told to a client of the API.

ApiError (a ValueError, so that a pydantic validator may raise it)
├── one class per code: the class fixes code and HTTP status, the docstring is the default message
└── every message names the cause and, where there is one, the fix
"""

from collections.abc import Mapping
from typing import Any, ClassVar

ERROR_PAGE = "https://www.twilio.com/docs/errors"


class ApiError(ValueError):
    """Something about the request is wrong."""

    code: ClassVar[int | None] = None
    status: ClassVar[int] = 400

    def __init__(self, message: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        """`details` are told beside the message by /v1, by name: what is in the way, what differs."""
        self.message = message or " ".join((self.__doc__ or "").split())
        self.details = details or {}
        super().__init__(self.message)

    @property
    def more_info(self) -> str | None:
        return f"{ERROR_PAGE}/{self.code}" if self.code is not None else None


class InvalidFriendlyName(ApiError):
    """Invalid FriendlyName: give 1 to 64 characters."""

    code = 20002


class AuthenticationFailed(ApiError):
    """Authenticate: send the AccountSid and its AuthToken by HTTP Basic."""

    code = 20003
    status = 401


class MethodNotAllowed(ApiError):
    """Method not allowed on this resource."""

    code = 20004
    status = 405


class AccountNotActive(ApiError):
    """Account not active: it is suspended or closed."""

    code = 20005
    status = 403


class PageSizeTooLarge(ApiError):
    """Page size too large: PageSize is at most 1000."""

    code = 20007


class NotFinished(ApiError):
    """Cannot delete this resource before it is complete: end it first."""

    code = 20009


class NotFound(ApiError):
    """The requested resource was not found."""

    code = 20404
    status = 404


class InvalidParameter(ApiError):
    """Invalid parameter."""

    code = 20422


class NotSupportedYet(ApiError):
    """The parameter is known but not supported yet: leave it out."""

    code = 20422


class InternalError(ApiError):
    """Internal error: the server's log tells more, under the request id of this answer."""

    code = 20500
    status = 500


class ServiceUnavailable(ApiError):
    """The server is shutting down or overloaded: try again."""

    code = 20503
    status = 503


class InvalidUrl(ApiError):
    """Invalid Url: give an absolute http or https URL."""

    code = 21402


class InvalidMethod(ApiError):
    """Invalid Method: give GET or POST."""

    code = 21403


class InvalidCallbackUrl(ApiError):
    """Invalid callback URL: give an absolute http or https URL."""

    code = 21502


class ApplicationLimitExceeded(ApiError):
    """Cannot create application: application limit exceeded. Delete unused ones or raise the limit."""

    code = 21301


class ApplicationNotUsable(ApiError):
    """Invalid Application SID: it must name an existing application of the same account."""

    code = 22108


class InvalidPageToken(ApiError):
    """Invalid PageToken: follow next_page_uri as it was given."""

    code = 21481


class MalformedRequest(ApiError):
    """The body or the query cannot be read: send it as UTF-8, percent-encoded."""

    code = 20422


class UnsupportedContentType(ApiError):
    """The body has to be application/x-www-form-urlencoded: send parameters as a form, not as JSON or multipart."""

    code = 20422
    status = 415


class EntityTooLarge(ApiError):
    """Entity too large: the body of a request is at most 256 kB."""

    code = 20413
    status = 413


class SubaccountOfSubaccount(ApiError):
    """A subaccount cannot have subaccounts: create it with the credentials of the parent account."""

    code = 21101


class ParentStatusFixed(ApiError):
    """The status of a parent account cannot be changed: change that of its subaccounts."""

    code = 21477


class AccountClosed(ApiError):
    """The status of a closed subaccount cannot be changed: create another subaccount."""

    code = 21479


class InvalidPhoneNumber(ApiError):
    """The number is not a valid phone number: give it in E.164, for example +15555550100."""

    code = 21421


class PhoneNumberUnavailable(ApiError):
    """The number is not available: it belongs to this server already."""

    code = 21422


class InvalidAreaCode(ApiError):
    """Invalid AreaCode: give the three digits of an area code of the US or Canada, for example 510."""

    code = 21451


class NoNumberInAreaCode(ApiError):
    """No phone numbers found in area code."""

    code = 21452


class WrongNumberType(ApiError):
    """The number is of another type: use the list of its type, or IncomingPhoneNumbers itself."""

    code = 21458


class UnrelatedAccount(ApiError):
    """The number can be moved only between a parent account and its subaccounts."""

    code = 21473


class NotTheParent(ApiError):
    """Only the parent account can move a number: use its credentials."""

    code = 21474


class ToRequired(ApiError):
    """No 'To' number is specified: give To."""

    code = 21201


class SendDigitsInvalid(ApiError):
    """Invalid SendDigits: at most 32 of the characters 0-9, A-D, #, *, w and W."""

    code = 21206


class TimeoutInvalid(ApiError):
    """Invalid Timeout: give whole seconds from 1 to 600."""

    code = 21208


class FromNotOwned(ApiError):
    """The source phone number provided is not yet verified for your account: call from a number of this account."""

    code = 21210


class ToInvalid(ApiError):
    """The phone number you are attempting to call is not valid: give E.164, for example +15555550100, or a SIP URI."""

    code = 21211


class FromInvalid(ApiError):
    """Invalid 'From' Number: give E.164, for example +15555550100."""

    code = 21212


class FromRequired(ApiError):
    """No 'From' number is specified: give From."""

    code = 21213


class ToUnreachable(ApiError):
    """No trunk can place this call: add one with `callwright trunks add NAME --host HOST:PORT`."""

    code = 21214


class WrongCallState(ApiError):
    """Unable to update record. Call is not in-progress. Cannot redirect."""

    code = 21220


class StatusCallbackEventInvalid(ApiError):
    """Invalid StatusCallbackEvent: give initiated, ringing, answered or completed."""

    code = 21626


class TwimlTooLong(ApiError):
    """The Twiml parameter is longer than 4000 characters: put the document behind Url."""

    code = 32018


class TrunkSourcesTaken(ApiError):
    """The source addresses overlap with another account's trunk: one source has to lead to one account."""

    code = 20409
    status = 409


class CarrierNameTaken(ApiError):
    """The account has a carrier of that name already: give another, or update that carrier."""

    code = 20409
    status = 409


class TooManyCarriers(ApiError):
    """The account has as many carriers as an account may have: delete one that is not used."""

    code = 20409
    status = 409


class ShortCodeTaken(ApiError):
    """The short code belongs to an account of this server already."""

    code = 20409
    status = 409


class TooManyReaders(ApiError):
    """As many readers follow the events as the server serves: close streams that nobody reads, then try again."""

    code = 20429
    status = 429


class ConfigurationInvalid(ApiError):
    """The configuration cannot be applied, and nothing was: see `problems`, each with its place and its fix."""

    code = 20422


class ConfigurationDrifted(ApiError):
    """Records of the configuration were changed by others, and applying it would undo that: see `drift`.

    Take the changes over into the configuration, or accept the drift: the configuration wins then.
    """

    code = 20409
    status = 409


class PlanOutdated(ApiError):
    """Something else would be done than the plan that was expected tells: plan again and look at it."""

    code = 20409
    status = 409


class TooManyLargeRequests(ApiError):
    """Two large requests of the account are being worked on already: send the next when one has been answered."""

    code = 20429
    status = 429


class TrunkInUse(ApiError):
    """The trunk is used by phone numbers: clear their TrunkSid first."""

    code = 20409
    status = 409
