"""Refusals of what an SMSC sent.

WireError
└── SmppError
    ├── FramingLost     the stream cannot be cut into PDUs any more: close it
    └── MalformedPdu    one PDU is wrong; the next may be right
"""

from callwright.wire.error import WireError


class SmppError(WireError):
    """The peer breaks SMPP 3.4."""


class FramingLost(SmppError):
    """command_length cannot be true, so nothing after it can be found."""


class MalformedPdu(SmppError):
    """A whole PDU whose content is wrong; the header is known, so that it can be answered.

    `status` is the command_status the answer deserves.
    """

    def __init__(self, message: str, command_id: int, command_status: int, sequence_number: int, status: int) -> None:
        super().__init__(message)
        self.command_id = command_id
        self.command_status = command_status
        self.sequence_number = sequence_number
        self.status = status


class CannotBeSent(ValueError):
    """A field of ours does not fit into its PDU; the text names it."""
