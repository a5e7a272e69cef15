"""The official Python SDK, pointed at a Callwright server.

The SDK has no setting for the API's address; these two lines stand in for one:

    from twilio.rest import Client
    from callwright.sdk import http_client

    client = Client(http_client=http_client())

The server is the one at CALLWRIGHT_URL (http://127.0.0.1:8080 when unset) or the `base_url` given; SID and token
come from TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN as ever. `callwright.sdk.Client()` is the same in one line,
`async_http_client()` the variant for the SDK's `*_async` methods. Nothing of the server is imported.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callwright.sdk.client import Client
    from callwright.sdk.http_clients import async_http_client, http_client

__all__ = ["Client", "async_http_client", "http_client"]

_HOMES = {
    "Client": "callwright.sdk.client",
    "async_http_client": "callwright.sdk.http_clients",
    "http_client": "callwright.sdk.http_clients",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the official SDK is an optional dependency."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "twilio":
            raise
        raise ModuleNotFoundError(
            "callwright.sdk needs the official Twilio SDK: pip install 'callwright[sdk]' (or pip install twilio)",
            name=error.name,
        ) from error
