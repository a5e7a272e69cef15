"""HTTP clients for the official SDK that send its requests to a Callwright server."""

import base64
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
    """The same for the SDK's asynchronous methods; create it inside a running event loop, and close it."""

    def __init__(self, base_url: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.base_url = server_url(base_url)

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The credentials go into the headers here: the way the SDK passes them on is deprecated by aiohttp."""
        given = {**(headers or {}), **({"Authorization": _basic(*auth)} if auth else {})}
        here = _here(url, self.base_url)
        return await super().request(method, here, params, data, given, None, timeout, allow_redirects)


def http_client(base_url: str | None = None, **options: Any) -> CallwrightHttpClient:
    """For `twilio.rest.Client(http_client=…)`. Without `base_url` the server is the one at CALLWRIGHT_URL."""
    return CallwrightHttpClient(base_url, **options)


def async_http_client(base_url: str | None = None, **options: Any) -> AsyncCallwrightHttpClient:
    """The same for programs that use the SDK's `*_async` methods."""
    return AsyncCallwrightHttpClient(base_url, **options)


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _here(url: str, base_url: str) -> str:
    try:
        return redirected(url, base_url)
    except NotServedHere as error:
        raise TwilioException(str(error)) from error
