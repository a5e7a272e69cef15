"""Errors of a TwiML document, told to the debugger with line and column.

TwimlError
├── BodyTooLarge        11750  larger than 64 kB
├── InvalidUrl          11100  a URL that cannot be requested from this document
├── NotWellFormed       12100  not XML, or not a <Response>
└── SchemaViolation     12200  an element that is unknown or in a wrong place
    └── NotSupportedYet 12200  TwiML that Callwright does not run yet

The class fixes the code. Lines and columns count from 1. Warnings, which leave the document running, are
`ports.Warned`.
"""

from typing import ClassVar

from callwright.twiml.ports import Warned


class TwimlError(Exception):
    """The document cannot be run; the fallback URL is next."""

    code: ClassVar[int]

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    @property
    def warned(self) -> Warned:
        """The same for the debugger."""
        return Warned(self.code, self.message, self.line, self.column, is_error=True)


class BodyTooLarge(TwimlError):
    """The document is larger than 64 kB."""

    code = 11750


class InvalidUrl(TwimlError):
    """A URL is malformed, not http(s), or relative in a document that has no URL of its own."""

    code = 11100


class NotWellFormed(TwimlError):
    """The document is not XML, carries a DTD, is nested too deeply, or its root is not <Response>."""

    code = 12100


class SchemaViolation(TwimlError):
    """An element is unknown or stands where it may not."""

    code = 12200


class NotSupportedYet(SchemaViolation):
    """The element is TwiML, but Callwright does not run it yet."""
