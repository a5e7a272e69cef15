"""X-Twilio-Signature: how a web app knows that a request is ours.

Source: Twilio's usage/security page; the order of repeated values is that of the official validators.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha1

HEADER = "X-Twilio-Signature"


def sign(auth_token: str, url: str, parameters: Mapping[str, str | Sequence[str]] | None = None) -> str:
    """The header's value: base64 of HMAC-SHA1 over the text that is signed."""
    digest = hmac.new(auth_token.encode(), signed_text(url, parameters).encode("utf-8", "replace"), sha1).digest()
    return base64.b64encode(digest).decode()


def signed_text(url: str, parameters: Mapping[str, str | Sequence[str]] | None = None) -> str:
    """The URL and, for form POSTs, the parameters in the order of their names, nothing between them.

    `url` is the one in the request, without fragment and credentials. Repeated values of one name count once.
    """
    given = parameters or {}
    return url + "".join(name + value for name in sorted(given) for value in _distinct_values(given[name]))


def _distinct_values(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else sorted(set(value))
