"""HTTP Basic: AccountSid and AuthToken (RFC 7617)."""

import base64
import hashlib

from callwright.model.errors import AuthenticationFailed
from callwright.model.sid import is_sid
from callwright.usecases.authenticate import Credentials

CHALLENGE = b'Basic realm="Twilio API", charset="UTF-8"'
_LONGEST = 1024


def parse_credentials(header: str) -> Credentials:
    """The credentials of an Authorization header; raises AuthenticationFailed when there are none of that form."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST:
        raise AuthenticationFailed()
    try:
        user, _, token = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as error:  # no Base64, not even ASCII, or not UTF-8 inside
        raise AuthenticationFailed() from error
    if not is_sid(user, "AC"):
        raise AuthenticationFailed("Authenticate: the user name of HTTP Basic is the AccountSid (AC…).")
    return Credentials(user, hashlib.sha256(token.encode()).hexdigest())
