"""The official Client, ready to talk to a Callwright server."""

from typing import Any

from twilio.rest import Client as TwilioClient

from callwright.sdk.http_clients import http_client


class Client(TwilioClient):  # type: ignore[misc]  # the SDK is untyped to mypy
    """twilio.rest.Client with `base_url`; everything else, the environment included, is the SDK's own."""

    def __init__(
        self, username: str | None = None, password: str | None = None, *, base_url: str | None = None, **options: Any
    ) -> None:
        options.setdefault("http_client", http_client(base_url))
        super().__init__(username, password, **options)
