"""Who changes something: recorded with every revision."""

from dataclasses import dataclass

LONGEST_REASON = 500


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
