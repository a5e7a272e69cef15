"""Who changes something: recorded with every revision."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """`credential` is the SID that authenticated (or `server`, `cli`); `address` the peer's IP address."""

    credential: str
    address: str | None = None
    user_agent: str | None = None
    reason: str | None = None


SERVER = Actor("server")
