"""Field types of declared resources, as pydantic annotations.

A marker in `Annotated[...]` states what a field accepts and which documented error refuses the rest:

    voice_url: Annotated[str | None, Url()] = None
    status_callback: Annotated[str | None, Url(refused_as=InvalidCallbackUrl)] = None

The same marker serves form parameters, stored columns and the generated reference pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from callwright.model.errors import (
    ApiError,
    InvalidFriendlyName,
    InvalidMethod,
    InvalidParameter,
    InvalidUrl,
    NotSupportedYet,
)
from callwright.model.naming import parameter_name
from callwright.model.sid import is_sid

_LONGEST_SHOWN = 200


class Marker:
    """Base of the markers: `check` turns the text of a form into the field's value, or raises an ApiError.

    `parameter` is the name that the client knows the field by; errors tell it.
    """

    def check(self, value: Any, parameter: str) -> Any:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        parameter = parameter_name(handler.field_name) if handler.field_name else "This parameter"
        return core_schema.no_info_before_validator_function(
            lambda value: self.check(value, parameter), handler(source)
        )


@dataclass(frozen=True)
class Url(Marker):
    """Absolute http(s) URL, kept as typed (credentials and `#rc=…` fragment included); "" clears."""

    refused_as: type[ApiError] = InvalidUrl

    def check(self, value: Any, parameter: str) -> Any:
        if value is None or value == "":
            return None
        if not is_web_url(value):
            raise self.refused_as(
                f"{parameter} is not a valid URL: give an absolute http or https URL. Got {_shown(value)}."
            )
        return value


def is_web_url(value: object) -> bool:
    """Whether it is an absolute http(s) URL with a host that webhooks can reach (no underscore in it)."""
    if not isinstance(value, str) or any(ord(char) <= 32 for char in value):
        return False
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname
    return parts.scheme.lower() in ("http", "https") and bool(host) and "_" not in (host or "") and port != 0


@dataclass(frozen=True)
class HttpMethod(Marker):
    """GET or POST in any case, kept in capitals; "" sets the default again."""

    default: str | None = "POST"
    refused_as: type[ApiError] = InvalidMethod

    def check(self, value: Any, parameter: str) -> Any:
        if value is None or value == "":
            return self.default
        if str(value).upper() not in ("GET", "POST"):
            raise self.refused_as(f"{parameter} is not a valid method: give GET or POST. Got {_shown(value)}.")
        return str(value).upper()


@dataclass(frozen=True)
class SidOf(Marker):
    """A SID with one of these prefixes; "" clears."""

    prefixes: tuple[str, ...]
    refused_as: type[ApiError] = InvalidParameter

    def __init__(self, *prefixes: str, refused_as: type[ApiError] = InvalidParameter) -> None:
        object.__setattr__(self, "prefixes", prefixes)
        object.__setattr__(self, "refused_as", refused_as)

    def check(self, value: Any, parameter: str) -> Any:
        if value is None or value == "":
            return None
        sid = value[:2] + value[2:].lower() if isinstance(value, str) else ""
        if not is_sid(sid) or sid[:2] not in self.prefixes:
            form = " or ".join(f"{prefix}…" for prefix in self.prefixes)
            raise self.refused_as(f"{parameter} is not a valid SID: give {form} (34 characters). Got {_shown(value)}.")
        return sid


@dataclass(frozen=True)
class Text(Marker):
    """Text of bounded length, in characters."""

    longest: int = 64
    shortest: int = 0
    refused_as: type[ApiError] = InvalidFriendlyName

    def check(self, value: Any, parameter: str) -> Any:
        if value is None or (value == "" and self.shortest == 0):
            return None
        if not isinstance(value, str) or not self.shortest <= len(value) <= self.longest or "\x00" in value:
            raise self.refused_as(f"{parameter} is not valid: give {self.shortest or 1} to {self.longest} characters.")
        return value


@dataclass(frozen=True)
class Flag(Marker):
    """true or false as text; "" sets the default again."""

    default: bool | None = False

    def check(self, value: Any, parameter: str) -> Any:
        if value is None or value == "":
            return self.default
        if isinstance(value, bool):
            return value
        if str(value).lower() not in ("true", "false"):
            raise InvalidParameter(f"{parameter} is not a boolean: give true or false. Got {_shown(value)}.")
        return str(value).lower() == "true"


@dataclass(frozen=True)
class OneOf(Marker):
    """One of a closed list of words; "" clears."""

    words: tuple[str, ...]
    refused_as: type[ApiError] = InvalidParameter
    default: str | None = None

    def check(self, value: Any, parameter: str) -> Any:
        if value is None or value == "":
            return self.default
        if value not in self.words:
            raise self.refused_as(f"{parameter} is not valid: give {_either(self.words)}. Got {_shown(value)}.")
        return value


def _shown(value: Any) -> str:
    """What was given, as far as it helps."""
    text = str(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(words) if len(words) < 3 else f"one of {', '.join(words)}"


@dataclass(frozen=True)
class NotYet(Marker):
    """A known parameter that is not supported yet: any value but the harmless ones is refused, never dropped."""

    comes_with: str
    harmless: tuple[str, ...] = ("",)

    def check(self, value: Any, parameter: str) -> Any:
        if value is None or value in self.harmless:
            return None
        raise NotSupportedYet(f"{parameter} is not supported yet ({self.comes_with}): leave it out.")


@dataclass(frozen=True)
class Hidden:
    """Stored with the record but never shown by the API."""


@dataclass(frozen=True)
class Secret:
    """Never written to the history or a log: a mark takes its place there."""


@dataclass(frozen=True)
class Indexed:
    """Stored with a database index, because lists filter by it."""


@dataclass(frozen=True)
class Computed:
    """Shown by the API but not stored: worked out from the record."""

    work_out: Callable[[Any], Any]
