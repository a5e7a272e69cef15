"""Who changes something: recorded with every revision."""

from dataclasses import dataclass

LONGEST_REASON = 500


def reason_of(header: str) -> str | None:
    """The reason in a header X-Callwright-Reason that was decoded as Latin-1; it may be UTF-8 as well."""
    try:
        text = header.encode("latin-1").decode()
    except UnicodeError:
        text = header
    return text.strip()[:LONGEST_REASON] or None


@dataclass(frozen=True)
class Actor:
    """`credential` is the SID that authenticated (or `server`, `cli`); `address` the peer's IP address.

    `reason` is what the client said about why (header X-Callwright-Reason), or the server itself.
    """

    credential: str
    address: str | None = None
    user_agent: str | None = None
    reason: str | None = None


SERVER = Actor("server")
