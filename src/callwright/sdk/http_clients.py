"""HTTP clients for the official SDK that send its requests to a Callwright server."""

from typing import Any

from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from callwright.sdk.address import NotServedHere, redirected, server_url


class CallwrightHttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK is untyped to mypy
    """The SDK's own HTTP client with another address; options are those of TwilioHttpClient."""

    def __init__(self, base_url: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.base_url = server_url(base_url)

    def request(self, method: str, url: str, *arguments: Any, **named: Any) -> Response:
        return super().request(method, _here(url, self.base_url), *arguments, **named)


class AsyncCallwrightHttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]  # the SDK is untyped to mypy
    """The same for the SDK's asynchronous methods; create it inside a running event loop."""

    def __init__(self, base_url: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.base_url = server_url(base_url)

    async def request(self, method: str, url: str, *arguments: Any, **named: Any) -> Response:
        return await super().request(method, _here(url, self.base_url), *arguments, **named)


def http_client(base_url: str | None = None, **options: Any) -> CallwrightHttpClient:
    """For `twilio.rest.Client(http_client=…)`. Without `base_url` the server is the one at CALLWRIGHT_URL."""
    return CallwrightHttpClient(base_url, **options)


def async_http_client(base_url: str | None = None, **options: Any) -> AsyncCallwrightHttpClient:
    """The same for programs that use the SDK's `*_async` methods."""
    return AsyncCallwrightHttpClient(base_url, **options)


def _here(url: str, base_url: str) -> str:
    try:
        return redirected(url, base_url)
    except NotServedHere as error:
        raise TwilioException(str(error)) from error
