"""Where a request of the official SDK goes instead of to Twilio."""

import os
import re
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:8080"

#: `api.twilio.com`, with edge and region between when the SDK was given them.
_HOST = re.compile(r"(?P<product>[a-z0-9-]+)\.(?:[a-z0-9-]+\.){0,2}twilio\.com")
_SERVED_PRODUCT = "api"


class NotServedHere(ValueError):
    """The request is for a product that a Callwright server does not have."""


def server_url(base_url: str | None = None) -> str:
    """The server's URL without a trailing slash: the one given, else CALLWRIGHT_URL, else loopback.

    Raises ValueError when it is not an http or https URL. (This is the client's side: the server's own settings
    are read in callwright.config alone.)
    """
    url = base_url or os.environ.get("CALLWRIGHT_URL") or DEFAULT_URL
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{url!r} is not the URL of a Callwright server, such as {DEFAULT_URL}")
    return url.rstrip("/")


def redirected(url: str, base_url: str) -> str:
    """The same request at the server. Raises NotServedHere for other products than `api`."""
    if url == base_url or url.startswith(f"{base_url}/"):
        return url
    parts = urlsplit(url)
    host = _HOST.fullmatch((parts.hostname or "").lower())
    if host is None:
        raise NotServedHere(f"{url} is no address of the Twilio API: it was not sent to {base_url}.")
    if host["product"] != _SERVED_PRODUCT:
        raise NotServedHere(
            f"The product {host['product']!r} ({parts.hostname}) is not part of Callwright, so nothing was sent. "
            f"Callwright serves api.twilio.com: use a second Client without this HTTP client for {host['product']}."
        )
    query = f"?{parts.query}" if parts.query else ""
    return f"{base_url}{parts.path}{query}"
