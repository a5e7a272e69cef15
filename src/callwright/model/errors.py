"""Errors told to a client of the API.

ApiError (a ValueError, so that a pydantic validator may raise it)
├── one class per code: the class fixes code and HTTP status, the docstring is the default message
└── every message names the cause and, where there is one, the fix
"""

from typing import ClassVar

ERROR_PAGE = "https://www.twilio.com/docs/errors"


class ApiError(ValueError):
    """Something about the request is wrong."""

    code: ClassVar[int | None] = None
    status: ClassVar[int] = 400

    def __init__(self, message: str | None = None) -> None:
        self.message = message or " ".join((self.__doc__ or "").split())
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
    """This parameter is known but not supported yet; leave it out."""

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
