"""How a web app knows that a request comes from its phone platform: the receiving half of X-Twilio-Signature.

Written out because it is an example; your own app calls RequestValidator of the official SDK instead.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def is_genuine(auth_token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether the signature is that of this URL and form under the account's token.

    `url` is the public one, as the sender asked for it. A proxy that ends TLS hides its scheme, so both count.
    """
    rest = url.partition("://")[2]
    return any(
        hmac.compare_digest(_signature(auth_token, f"{scheme}://{rest}", form).encode(), signature.encode())
        for scheme in ("https", "http")
    )


def _signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
