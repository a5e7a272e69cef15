"""Refusals of SIP messages.

WireError
└── MalformedMessage    with the status a request deserves
"""

from callwright.wire.error import WireError

BAD_REQUEST = 400


class MalformedMessage(WireError):
    """The message breaks RFC 3261; `status` is the answer to a request like it (400, 416, 505, 513)."""

    def __init__(self, message: str, status: int = BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status
